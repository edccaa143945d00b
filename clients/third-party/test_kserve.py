"""KServe's clients for inference, as its documentation uses them."""

import asyncio

import grpc
import httpx
import numpy as np
import pytest
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from sample_models import SETOSA_AND_VIRGINICA, VALUES, assert_answer, iris

SECONDS = 30
# KServe has no name for FP16 in JSON, as nobody has.
AS_JSON = [datatype for datatype in VALUES if datatype != "FP16"]


def request(model, name, array, datatype, binary, **more):
    tensor = InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    return InferRequest(model_name=model, infer_inputs=[tensor], **more)


def flowers(array=SETOSA_AND_VIRGINICA, binary=True, **more):
    return request("iris", "features", array, "FP32", binary, **more)


def by_name(response):
    return lambda name: response.get_output_by_name(name).as_numpy()


@pytest.fixture
def ask_rest(url):
    """Runs one call of a client that is made for it."""

    def run(call, protocol="v2"):
        async def ask():
            async with InferenceRESTClient(RESTConfig(protocol=protocol, retries=2, timeout=SECONDS)) as client:
                return await call(client, url)

        return asyncio.run(ask())

    return run


@pytest.fixture
def ask_grpc(address):
    def run(call):
        async def ask():
            async with InferenceGRPCClient(url=address, timeout=SECONDS) as client:
                return await call(client)

        return asyncio.run(ask())

    return run


def test_rest_tells_what_is_ready(ask_rest):
    assert ask_rest(lambda client, url: client.is_server_live(url)) is True
    assert ask_rest(lambda client, url: client.is_server_ready(url)) is True
    assert ask_rest(lambda client, url: client.is_model_ready(url, "iris")) is True
    assert ask_rest(lambda client, url: client.is_model_ready(url, "nobody")) is False


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_rest_answers_as_numpy_does(ask_rest, binary_in, binary_out):
    question = flowers(binary=binary_in, request_id="a-17", parameters={"binary_data_output": binary_out})
    response = ask_rest(lambda client, url: client.infer(url, question, model_name="iris"))
    assert response.id == "a-17"
    assert_answer(iris(SETOSA_AND_VIRGINICA), by_name(response))


@pytest.mark.parametrize("datatype", VALUES)
def test_rest_gives_back_values_of_every_type_as_bytes(ask_rest, datatype):
    model = f"identity-{datatype.lower()}"
    question = request(
        model, "x", VALUES[datatype], datatype, True,
        request_outputs=[RequestedOutput("y", parameters={"binary_data": datatype == "FP16"})],
    )  # fmt: skip
    response = ask_rest(lambda client, url: client.infer(url, question, model_name=model))
    assert listed(by_name(response)("y")) == listed(VALUES[datatype])


@pytest.mark.parametrize("datatype", AS_JSON)
def test_rest_gives_back_values_of_every_type_as_json(ask_rest, datatype):
    model = f"identity-{datatype.lower()}"
    question = request(model, "x", VALUES[datatype], datatype, False)
    response = ask_rest(lambda client, url: client.infer(url, question, model_name=model))
    assert listed(by_name(response)("y")) == listed(VALUES[datatype])


def listed(array):
    return [value.decode() if isinstance(value, bytes) else value for value in array.tolist()]


def test_rest_raises_the_status_and_tells_the_reason(ask_rest):
    with pytest.raises(httpx.HTTPStatusError) as refused:
        ask_rest(lambda client, url: client.infer(url, flowers(SETOSA_AND_VIRGINICA[:, :3]), model_name="iris"))
    assert refused.value.response.status_code == 400
    assert "[-1, 4]" in str(refused.value)
    with pytest.raises(httpx.HTTPStatusError) as unknown:
        ask_rest(lambda client, url: client.infer(url, flowers(), model_name="nobody"))
    assert unknown.value.response.status_code == 404


def test_rest_by_version_1_of_the_protocol_is_tensorflow_servings(ask_rest):
    question = {"instances": SETOSA_AND_VIRGINICA.tolist()}
    rows = ask_rest(lambda client, url: client.infer(url, question, model_name="iris"), protocol="v1")["predictions"]
    expected = iris(SETOSA_AND_VIRGINICA)
    assert [row["label"] for row in rows] == expected["label"].tolist()
    np.testing.assert_allclose(
        [row["probabilities"] for row in rows], expected["probabilities"], rtol=1e-4, atol=1e-6
    )


def test_grpc_tells_what_is_ready(ask_grpc):
    assert ask_grpc(lambda client: client.is_server_live())
    assert ask_grpc(lambda client: client.is_server_ready())
    assert ask_grpc(lambda client: client.is_model_ready("iris"))
    assert not ask_grpc(lambda client: client.is_model_ready("nobody"))


@pytest.mark.parametrize("binary", [True, False])
def test_grpc_answers_as_numpy_does(ask_grpc, binary):
    response = ask_grpc(lambda client: client.infer(flowers(binary=binary, request_id="a-17")))
    assert response.id == "a-17"
    assert_answer(iris(SETOSA_AND_VIRGINICA), by_name(response))


@pytest.mark.parametrize("datatype", VALUES)
def test_grpc_gives_back_values_of_every_type(ask_grpc, datatype):
    question = request(f"identity-{datatype.lower()}", "x", VALUES[datatype], datatype, True)
    response = ask_grpc(lambda client: client.infer(question))
    assert listed(by_name(response)("y")) == listed(VALUES[datatype])


def test_grpc_raises_the_code_and_tells_the_reason(ask_grpc):
    with pytest.raises(grpc.RpcError) as refused:
        ask_grpc(lambda client: client.infer(flowers(SETOSA_AND_VIRGINICA[:, :3])))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "[-1, 4]" in refused.value.details()
