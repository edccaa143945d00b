"""tritonclient by HTTP, as its documentation uses it: tensors are binary unless told otherwise."""

import asyncio

import ml_dtypes
import numpy as np
import pytest
import tritonclient.http as httpclient
import tritonclient.http.aio as aioclient
from sample_models import ONE, SETOSA_AND_VIRGINICA, SPECIES, TEXTS, VALUES, assert_answer, digits, iris
from tritonclient.utils import InferenceServerException

SECONDS = 30
# The client itself reads and writes FP16 as JSON; neither Triton nor this server does.
AS_JSON = [datatype for datatype in VALUES if datatype != "FP16"]


@pytest.fixture
def client(rest):
    with httpclient.InferenceServerClient(url=rest, concurrency=4) as client:
        yield client


def tensor(name, array, datatype, binary=True):
    tensor = httpclient.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def features(array=SETOSA_AND_VIRGINICA, binary=True):
    return [tensor("features", array, "FP32", binary)]


def asked(*names, binary=True):
    return [httpclient.InferRequestedOutput(name, binary_data=binary) for name in names]


def test_server_tells_that_it_lives_and_what_it_can(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata["name"] == "millrace"
    assert {"binary_tensor_data", "model_repository", "statistics"} <= set(metadata["extensions"])


def test_names_in_a_query_that_the_server_does_not_know_are_passed_over(client):
    # As the client's own examples send them.
    anything = {"test_1": 1, "test_2": 2, "team[1]": "shop"}
    assert client.is_server_live(query_params=anything)
    assert client.is_server_ready(query_params=anything)
    assert client.is_model_ready("iris", query_params=anything)
    assert client.get_model_metadata("iris", query_params=anything)["name"] == "iris"
    assert_answer(iris(SETOSA_AND_VIRGINICA), client.infer("iris", features(), query_params=anything).as_numpy)


def test_model_tells_whether_it_is_ready(client):
    assert client.is_model_ready("iris")
    assert client.is_model_ready("digits", "1")
    assert not client.is_model_ready("iris", "7")
    assert not client.is_model_ready("nobody")


def test_model_tells_what_it_takes_and_gives(client):
    metadata = client.get_model_metadata("digits")
    assert sorted(metadata["versions"]) == ["1", "2"]
    assert metadata["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 8, 8]}]


def test_model_tells_how_it_is_run(client):
    together = client.get_model_config("together")
    assert together["max_batch_size"] == 8
    assert together["input"][0]["dims"] == [2]
    assert together["input"][0]["data_type"] == "TYPE_FP32"
    assert "dynamic_batching" in together
    alone = client.get_model_config("alone", "1")
    assert alone["max_batch_size"] == 0
    assert alone["input"][0]["dims"] == [-1, 2]


@pytest.mark.parametrize("datatype", VALUES)
def test_values_of_every_type_come_back_as_bytes(client, datatype):
    values = VALUES[datatype]
    result = client.infer(f"identity-{datatype.lower()}", [tensor("x", values, datatype)])
    assert result.get_output("y")["parameters"]["binary_data_size"] > 0
    assert result.as_numpy("y").dtype == values.dtype
    np.testing.assert_array_equal(result.as_numpy("y"), values)


@pytest.mark.parametrize("datatype", AS_JSON)
def test_values_of_every_type_come_back_as_json(client, datatype):
    values = VALUES[datatype]
    result = client.infer(
        f"identity-{datatype.lower()}", [tensor("x", values, datatype, False)], outputs=asked("y", binary=False)
    )
    assert "data" in result.get_output("y")
    expected = [value.decode() for value in values] if datatype == "BYTES" else values.tolist()
    assert result.as_numpy("y").tolist() == expected


def test_values_of_bfloat16_come_back(client):
    values = np.array([1, -2, 0.5], ml_dtypes.bfloat16)
    np.testing.assert_array_equal(
        client.infer("identity-bf16", [tensor("x", values, "BF16")]).as_numpy("y"), values
    )


@pytest.mark.parametrize("datatype", ["FP32", "BYTES"])
@pytest.mark.parametrize("binary", [True, False])
def test_no_values_come_back_as_none(client, datatype, binary):
    nothing = tensor("x", VALUES[datatype][:0], datatype, binary)
    answer = client.infer(f"identity-{datatype.lower()}", [nothing], outputs=asked("y", binary=binary)).as_numpy("y")
    assert answer.shape == (0,)


def test_iris_answers_as_numpy_does(client):
    assert_answer(iris(SETOSA_AND_VIRGINICA), client.infer("iris", features()).as_numpy)


def test_a_version_is_chosen_by_number(client):
    result = client.infer("digits", [tensor("image", ONE, "FP32")], model_version="1")
    assert result.get_response()["model_version"] == "1"
    assert_answer(digits(ONE), result.as_numpy)


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_json_and_bytes_mix_on_either_side(client, binary_in, binary_out):
    a, b = np.array([[1, 2]], np.float32), np.array([[30, 40]], np.float32)
    outputs = asked("difference") + asked("sum", binary=binary_out)
    result = client.infer("add-sub", [tensor("a", a, "FP32"), tensor("b", b, "FP32", binary_in)], outputs=outputs)
    np.testing.assert_array_equal(result.as_numpy("sum"), a + b)
    np.testing.assert_array_equal(result.as_numpy("difference"), a - b)
    assert ("data" in result.get_output("sum")) is not binary_out


def test_everything_that_a_call_can_say_is_taken(client):
    result = client.infer(
        "iris", features(), request_id="a-17", sequence_id=5, sequence_start=True, sequence_end=True, priority=1,
        timeout=5_000_000, headers={"X-Team": "shop"}, parameters={"note": "mine", "k": 3},
    )  # fmt: skip
    assert result.get_response()["id"] == "a-17"
    assert_answer(iris(SETOSA_AND_VIRGINICA), result.as_numpy)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False])
def test_compressed_bodies_are_read_and_answered(client, algorithm, binary):
    many = np.repeat(SETOSA_AND_VIRGINICA, 500, axis=0)
    result = client.infer(
        "iris",
        features(many, binary),
        outputs=asked("label", "probabilities", binary=binary),
        request_compression_algorithm=algorithm,
        response_compression_algorithm=algorithm,
    )
    assert_answer(iris(many), result.as_numpy)


def test_classes_come_by_name_best_first(client):
    for binary in (True, False):
        output = httpclient.InferRequestedOutput("probabilities", binary_data=binary, class_count=2)
        rows = client.infer("iris", features(), outputs=[output]).as_numpy("probabilities")
        assert rows.shape == (2, 2)
        for row, expected in zip(rows, iris(SETOSA_AND_VIRGINICA)["probabilities"]):
            texts = [entry.decode() if isinstance(entry, bytes) else entry for entry in row]
            best = np.argsort(-expected)[:2]
            assert [text.split(":")[1:] for text in texts] == [[str(place), SPECIES[place]] for place in best]


def test_calls_in_the_background_come_back_to_their_callers(client):
    calls = [client.async_infer("iris", features(row.reshape(1, 4))) for row in SETOSA_AND_VIRGINICA]
    assert [call.get_result(timeout=SECONDS).as_numpy("label").item() for call in calls] == [0, 2]


def test_bodies_that_the_client_only_makes_and_reads_are_its_own(client, url):
    import urllib.request

    body, json_size = httpclient.InferenceServerClient.generate_request_body(features())
    headers = {"Inference-Header-Content-Length": str(json_size), "Content-Type": "application/octet-stream"}
    request = urllib.request.Request(f"{url}/v2/models/iris/infer", body, headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        answer = httpclient.InferenceServerClient.parse_response_body(
            response.read(), header_length=int(response.headers["Inference-Header-Content-Length"])
        )
    assert_answer(iris(SETOSA_AND_VIRGINICA), answer.as_numpy)


REFUSED = {
    "an unknown model": (lambda client: client.infer("nobody", features()), "404", "nobody"),
    "an unknown version": (lambda client: client.infer("iris", features(), model_version="7"), "404", "7"),
    "a wrong shape": (lambda client: client.infer("iris", features(SETOSA_AND_VIRGINICA[:, :3])), "400", "[-1, 4]"),
    "a wrong shape in JSON": (lambda client: client.infer("iris", features(SETOSA_AND_VIRGINICA[:, :3], False)), "400", "[-1, 4]"),
    "a wrong type": (lambda client: client.infer("iris", [tensor("features", TEXTS, "BYTES")]), "400", "FP32"),
    "a missing input": (lambda client: client.infer("iris", []), "400", "features"),
    "FP16 in JSON": (lambda client: client.infer("identity-fp16", [tensor("x", VALUES["FP16"], "FP16", False)]), "501", "FP16"),
    "top_k in the query": (lambda client: client.infer("iris", features(), query_params={"top_k": 3}), "400", "top_k"),
    "metadata of an unknown model": (lambda client: client.get_model_metadata("nobody"), "404", "nobody"),
    "config of an unknown model": (lambda client: client.get_model_config("nobody"), "404", "nobody"),
    "statistics of an unknown model": (lambda client: client.get_inference_statistics("nobody"), "404", "nobody"),
    "load of an unknown model": (lambda client: client.load_model("nobody"), "404", "nobody"),
    "load with a config": (lambda client: client.load_model("iris", config="{}"), "501", "config"),
    "unload of an unknown model": (lambda client: client.unload_model("nobody"), "404", "nobody"),
    "settings of the log": (lambda client: client.get_log_settings(), "404", "/v2/logging"),
    "shared memory": (lambda client: client.get_system_shared_memory_status(), "404", "/v2/systemsharedmemory"),
}


@pytest.mark.parametrize(("call", "status", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused_with_a_status_and_the_name_at_fault(client, call, status, words):
    with pytest.raises(InferenceServerException) as refused:
        call(client)
    assert refused.value.status() == status
    assert words in refused.value.message()


def test_statistics_count_what_was_asked(client):
    def successes():
        (statistics,) = client.get_inference_statistics("together", "1")["model_stats"]
        return statistics["inference_stats"]["success"]["count"]

    before = successes()
    for _ in range(3):
        client.infer("together", [tensor("x", np.ones((1, 2), np.float32), "FP32")])
    assert successes() == before + 3
    assert len(client.get_inference_statistics()["model_stats"]) > 10


def test_models_are_listed_unloaded_and_loaded(client):
    def states():
        return {model["name"]: model.get("state") for model in client.get_model_repository_index()}

    assert states()["orders"] == "READY"
    client.unload_model("orders")
    assert not client.is_model_ready("orders")
    assert states()["orders"] == "UNAVAILABLE"
    client.load_model("orders")
    assert client.is_model_ready("orders")


def test_programs_with_asyncio_get_the_same(rest):
    async def ask():
        async with aioclient.InferenceServerClient(url=rest) as client:
            assert await client.is_server_live()
            assert (await client.get_server_metadata())["name"] == "millrace"
            calls = [client.infer("iris", features()) for _ in range(5)]
            for result in await asyncio.gather(*calls):
                assert_answer(iris(SETOSA_AND_VIRGINICA), result.as_numpy)

    asyncio.run(asyncio.wait_for(ask(), SECONDS))
