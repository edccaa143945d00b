"""Generates the stubs from proto/ into generated/, which git ignores."""

import importlib.util
import pathlib
import sys

import grpc_tools
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parents[1] / "proto/src/main/proto"
GENERATED = HERE / "generated"


def main():
    # googleapis-common-protos brings google/api and google/rpc, as .proto files and as Python modules.
    site_packages = pathlib.Path(importlib.util.find_spec("google.rpc.error_details_pb2").origin).parents[2]
    GENERATED.mkdir(exist_ok=True)
    return protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={site_packages}",
            f"--proto_path={pathlib.Path(grpc_tools.__file__).parent / '_proto'}",
            f"--python_out={GENERATED}",
            f"--pyi_out={GENERATED}",
            f"--grpc_python_out={GENERATED}",
            *sorted(str(path) for path in PROTOS.rglob("*.proto")),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
