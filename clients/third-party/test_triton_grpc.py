"""tritonclient by gRPC, as its documentation uses it."""

import asyncio
import queue

import ml_dtypes
import numpy as np
import pytest
import tritonclient.grpc as grpcclient
import tritonclient.grpc.aio as aioclient
from sample_models import ONE, SETOSA_AND_VIRGINICA, SPECIES, TEXTS, VALUES, assert_answer, digits, iris
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException

SECONDS = 30


@pytest.fixture
def client(address):
    with grpcclient.InferenceServerClient(url=address) as client:
        yield client


def tensor(name, array, datatype, client=grpcclient):
    tensor = client.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array)
    return tensor


def features(array=SETOSA_AND_VIRGINICA):
    return [tensor("features", array, "FP32")]


def steps(count):
    """The input of a model that counts so far, some microseconds for each step."""
    return [tensor("steps", np.array(count, np.int64), "INT64")]


def test_server_tells_that_it_lives_and_what_it_can(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    metadata = client.get_server_metadata(as_json=True)
    assert metadata["name"] == "millrace"
    assert {"model_repository", "model_configuration", "statistics"} <= set(metadata["extensions"])


def test_model_tells_whether_it_is_ready(client):
    assert client.is_model_ready("iris")
    assert client.is_model_ready("digits", "1")
    assert not client.is_model_ready("iris", "7")
    assert not client.is_model_ready("nobody")


def test_model_tells_what_it_takes_and_gives(client):
    metadata = client.get_model_metadata("digits", as_json=True)
    assert sorted(metadata["versions"]) == ["1", "2"]
    assert metadata["inputs"] == [{"name": "image", "datatype": "FP32", "shape": ["-1", "8", "8"]}]
    assert [output["name"] for output in metadata["outputs"]] == ["label", "probabilities"]


def test_model_tells_how_it_is_run(client):
    together = client.get_model_config("together", as_json=True)["config"]
    assert together["max_batch_size"] == 8
    assert together["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": ["2"]}]
    assert "dynamic_batching" in together
    alone = client.get_model_config("alone").config
    assert alone.max_batch_size == 0
    assert list(alone.input[0].dims) == [-1, 2]
    assert alone.platform == "onnxruntime_onnx"
    assert not alone.model_transaction_policy.decoupled


@pytest.mark.parametrize("datatype", VALUES)
def test_values_of_every_type_come_back(client, datatype):
    values = VALUES[datatype]
    answer = client.infer(f"identity-{datatype.lower()}", [tensor("x", values, datatype)]).as_numpy("y")
    assert answer.dtype == values.dtype
    np.testing.assert_array_equal(answer, values)


def test_values_of_bfloat16_come_back(client):
    values = np.array([1, -2, 0.5], ml_dtypes.bfloat16)
    np.testing.assert_array_equal(
        client.infer("identity-bf16", [tensor("x", values, "BF16")]).as_numpy("y"), values
    )


@pytest.mark.parametrize("datatype", ["FP32", "BYTES"])
def test_no_values_come_back_as_none(client, datatype):
    nothing = VALUES[datatype][:0]
    assert client.infer(f"identity-{datatype.lower()}", [tensor("x", nothing, datatype)]).as_numpy("y").shape == (0,)


def test_a_scalar_has_no_shape_on_either_side(client):
    result = client.infer("scalar", [tensor("x", np.array(41, np.float32), "FP32")]).as_numpy("y")
    assert result.shape == ()
    assert result == 42


def test_iris_answers_as_numpy_does(client):
    assert_answer(iris(SETOSA_AND_VIRGINICA), client.infer("iris", features()).as_numpy)


def test_a_version_is_chosen_by_number(client):
    result = client.infer("digits", [tensor("image", ONE, "FP32")], model_version="1")
    assert result.get_response().model_version == "1"
    assert_answer(digits(ONE), result.as_numpy)


def test_typed_values_are_read_too(client):
    request = service_pb2.ModelInferRequest(model_name="identity-int32")
    request.inputs.add(name="x", datatype="INT32", shape=[3]).contents.int_contents[:] = [1, -2, 3]
    answer = grpcclient.InferResult(client._client_stub.ModelInfer(request, timeout=SECONDS))
    assert answer.as_numpy("y").tolist() == [1, -2, 3]


def test_only_the_outputs_that_are_asked_for_come(client):
    result = client.infer("iris", features(), outputs=[grpcclient.InferRequestedOutput("probabilities")])
    assert [output.name for output in result.get_response().outputs] == ["probabilities"]
    np.testing.assert_allclose(
        result.as_numpy("probabilities"), iris(SETOSA_AND_VIRGINICA)["probabilities"], rtol=1e-4, atol=1e-6
    )


def test_everything_that_a_call_can_say_is_taken(client):
    result = client.infer(
        "iris", features(), request_id="a-17", sequence_id=5, sequence_start=True, sequence_end=True, priority=1,
        timeout=5_000_000, client_timeout=SECONDS, headers={"x-team": "shop"}, parameters={"note": "mine", "k": 3},
    )  # fmt: skip
    assert result.get_response().id == "a-17"
    assert_answer(iris(SETOSA_AND_VIRGINICA), result.as_numpy)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_messages_are_read(client, algorithm):
    many = np.repeat(SETOSA_AND_VIRGINICA, 500, axis=0)
    assert_answer(iris(many), client.infer("iris", features(many), compression_algorithm=algorithm).as_numpy)


def test_classes_come_by_name_best_first(client):
    output = grpcclient.InferRequestedOutput("probabilities", class_count=2)
    rows = client.infer("iris", features(), outputs=[output]).as_numpy("probabilities")
    probabilities = iris(SETOSA_AND_VIRGINICA)["probabilities"]
    assert rows.shape == (2, 2)
    for row, expected in zip(rows, probabilities):
        best = np.argsort(-expected)[:2]
        values, places, names = zip(*(entry.decode().split(":") for entry in row))
        np.testing.assert_allclose(np.array(values, float), expected[best], rtol=1e-3, atol=1e-6)
        assert list(map(int, places)) == best.tolist()
        assert list(names) == [SPECIES[place] for place in best]


def test_calls_in_the_background_come_back_to_their_callers(client):
    answers = queue.Queue()
    for row in SETOSA_AND_VIRGINICA:
        client.async_infer(
            "iris", features(row.reshape(1, 4)), callback=lambda result, error: answers.put((result, error))
        )
    labels = []
    for _ in SETOSA_AND_VIRGINICA:
        result, error = answers.get(timeout=SECONDS)
        assert error is None
        labels += result.as_numpy("label").tolist()
    assert sorted(labels) == [0, 2]


def test_a_call_in_the_background_is_given_up(client):
    answers = queue.Queue()
    call = client.async_infer("slow", steps(50_000_000), callback=lambda result, error: answers.put(error))
    call.cancel()
    assert answers.get(timeout=SECONDS).status() == "StatusCode.CANCELLED"


def test_a_call_ends_at_its_time_limit(client):
    with pytest.raises(InferenceServerException) as refused:
        client.infer("slow", steps(50_000_000), client_timeout=0.2)
    assert refused.value.status() == "StatusCode.DEADLINE_EXCEEDED"


REFUSED = {
    "an unknown model": (lambda client: client.infer("nobody", features()), "NOT_FOUND", "nobody"),
    "an unknown version": (lambda client: client.infer("iris", features(), model_version="7"), "NOT_FOUND", "7"),
    "a wrong shape": (lambda client: client.infer("iris", features(SETOSA_AND_VIRGINICA[:, :3])), "INVALID_ARGUMENT", "[-1, 4]"),
    "a wrong type": (lambda client: client.infer("iris", [tensor("features", TEXTS, "BYTES")]), "INVALID_ARGUMENT", "FP32"),
    "a missing input": (lambda client: client.infer("iris", []), "INVALID_ARGUMENT", "features"),
    "metadata of an unknown model": (lambda client: client.get_model_metadata("nobody"), "NOT_FOUND", "nobody"),
    "config of an unknown model": (lambda client: client.get_model_config("nobody"), "NOT_FOUND", "nobody"),
    "statistics of an unknown model": (lambda client: client.get_inference_statistics("nobody"), "NOT_FOUND", "nobody"),
    "load of an unknown model": (lambda client: client.load_model("nobody"), "NOT_FOUND", "nobody"),
    "load with a config": (lambda client: client.load_model("iris", config="{}"), "UNIMPLEMENTED", "config"),
    "unload of an unknown model": (lambda client: client.unload_model("nobody"), "NOT_FOUND", "nobody"),
    "a setting of the log": (lambda client: client.update_log_settings({"log_info": False}), "UNIMPLEMENTED", "log"),
    "a setting of traces": (lambda client: client.update_trace_settings(settings={"trace_rate": "1"}), "UNIMPLEMENTED", "traces"),
    "shared memory": (lambda client: client.register_system_shared_memory("a", "/a", 64), "UNIMPLEMENTED", "memory"),
}


@pytest.mark.parametrize(("call", "status", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused_with_a_code_and_the_name_at_fault(client, call, status, words):
    with pytest.raises(InferenceServerException) as refused:
        call(client)
    assert refused.value.status() == f"StatusCode.{status}"
    assert words in refused.value.message()


def test_what_shared_memory_traces_and_log_tell_is_empty(client):
    assert not client.get_system_shared_memory_status().regions
    assert not client.get_cuda_shared_memory_status().regions
    client.unregister_system_shared_memory()
    client.unregister_cuda_shared_memory()
    assert not client.get_trace_settings().settings
    assert not client.get_log_settings().settings


def test_statistics_count_what_was_asked(client):
    def successes():
        (statistics,) = client.get_inference_statistics("together", "1").model_stats
        return statistics.inference_stats.success.count

    before = successes()
    for _ in range(3):
        client.infer("together", [tensor("x", np.ones((1, 2), np.float32), "FP32")])
    assert successes() == before + 3
    assert len(client.get_inference_statistics().model_stats) > 10


def test_models_are_listed_unloaded_and_loaded(client):
    def states():
        return {model.name: model.state for model in client.get_model_repository_index().models}

    assert states()["orders"] == "READY"
    client.unload_model("orders")
    assert not client.is_model_ready("orders")
    assert states()["orders"] == "UNAVAILABLE"
    client.load_model("orders")
    assert client.is_model_ready("orders")


class Stream:
    """Requests over one stream, and what came back, in order."""

    def __init__(self, client):
        self.client = client
        self.answers = queue.Queue()

    def __enter__(self):
        self.client.start_stream(callback=lambda result, error: self.answers.put((result, error)))
        return self

    def __exit__(self, *_):
        self.client.stop_stream()

    def send(self, number, array=SETOSA_AND_VIRGINICA, **more):
        self.client.async_stream_infer("iris", features(array), request_id=str(number), **more)

    def next(self):
        return self.answers.get(timeout=SECONDS)


def test_a_stream_answers_each_request_in_turn(client):
    with Stream(client) as stream:
        for number in range(20):
            stream.send(number)
        for number in range(20):
            result, error = stream.next()
            assert error is None
            assert result.get_response().id == str(number)
            assert_answer(iris(SETOSA_AND_VIRGINICA), result.as_numpy)


def test_a_stream_goes_on_after_a_request_that_is_refused(client):
    with Stream(client) as stream:
        stream.send(1, SETOSA_AND_VIRGINICA[:, :3])
        result, error = stream.next()
        assert result is None
        assert "[-1, 4]" in error.message()
        stream.send(2)
        result, error = stream.next()
        assert error is None
        assert result.get_response().id == "2"


def test_a_stream_tells_which_answer_is_the_last(client):
    with Stream(client) as stream:
        stream.send(1, enable_empty_final_response=True)
        while True:
            result, error = stream.next()
            assert error is None
            response = result.get_response()
            assert response.id == "1"
            if response.parameters["triton_final_response"].bool_param:
                break


def test_programs_with_asyncio_get_the_same(address):
    async def ask():
        async with aioclient.InferenceServerClient(url=address) as client:
            assert await client.is_server_live()
            calls = [client.infer("iris", [tensor("features", SETOSA_AND_VIRGINICA, "FP32", aioclient)]) for _ in range(5)]
            for result in await asyncio.gather(*calls):
                assert_answer(iris(SETOSA_AND_VIRGINICA), result.as_numpy)

            async def requests():
                for number in range(3):
                    yield {
                        "model_name": "iris",
                        "inputs": [tensor("features", SETOSA_AND_VIRGINICA, "FP32", aioclient)],
                        "request_id": str(number),
                    }

            ids = []
            async for result, error in client.stream_infer(requests()):
                assert error is None
                ids.append(result.get_response().id)
            assert ids == ["0", "1", "2"]

    asyncio.run(asyncio.wait_for(ask(), SECONDS))
