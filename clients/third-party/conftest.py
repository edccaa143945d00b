"""Where the server is; `run` tells it. Without a server there is nothing to test, which is an error and no skip."""

import os

import pytest


@pytest.fixture(scope="session")
def rest():
    """HOST:PORT of Envoy."""
    return os.environ["MILLRACE_REST"]


@pytest.fixture(scope="session")
def url(rest):
    return f"http://{rest}"


@pytest.fixture(scope="session", params=["through Envoy", "directly"])
def address(request):
    """HOST:PORT for gRPC, which Envoy takes on the port of REST."""
    return os.environ["MILLRACE_REST" if request.param == "through Envoy" else "MILLRACE_GRPC"]
