"""Lists the models, waits for iris, predicts with two of them, and handles an error by its reason."""

import pathlib
import struct
import sys
import time
from collections.abc import Sequence
from typing import Optional

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "generated"))

from inference import grpc_service_pb2, grpc_service_pb2_grpc
from millrace.v1 import model_pb2, model_pb2_grpc, prediction_pb2, prediction_pb2_grpc, types_pb2

# Each call has a deadline: without one it waits as long as the server does.
DEADLINE_SECONDS = 5
READY_SECONDS = 60

SETOSA = [5.1, 3.5, 1.4, 0.2]
# fmt: off
ONE = [
    0, 0, 0, 15, 12, 1, 0, 0,
    0, 0, 5, 16, 16, 6, 0, 0,
    0, 0, 2, 16, 16, 3, 0, 0,
    0, 0, 2, 16, 16, 1, 0, 0,
    0, 0, 6, 16, 13, 0, 0, 0,
    0, 0, 1, 16, 16, 2, 0, 0,
    0, 0, 3, 16, 15, 3, 0, 0,
    0, 0, 0, 15, 16, 1, 0, 0,
]
# fmt: on


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8001"
    try:
        with grpc.insecure_channel(address) as channel:
            run(channel)
    except grpc.RpcError as error:
        sys.exit(explain(error, address))
    except TimeoutError as error:
        sys.exit(str(error))


def run(channel: grpc.Channel) -> None:
    list_models(channel)
    wait_until_ready(channel, "iris")
    print_prediction(predict(channel, "iris", "features", [1, 4], SETOSA))
    print_prediction(predict(channel, "digits", "image", [1, 8, 8], ONE))
    try:
        predict(channel, "iris", "features", [1, 3], SETOSA[:3])
    except grpc.RpcError as error:
        if reason_of(error) != "TENSOR_SHAPE_MISMATCH":
            raise
        print("refused, TENSOR_SHAPE_MISMATCH:", error.details())


def list_models(channel: grpc.Channel) -> None:
    request = model_pb2.ListModelsRequest()
    response = model_pb2_grpc.ModelServiceStub(channel).ListModels(request, timeout=DEADLINE_SECONDS)
    for model in response.models:
        print(f"{model.name}: {model.engine or 'not ready'}")


def wait_until_ready(channel: grpc.Channel, model: str) -> None:
    service = grpc_service_pb2_grpc.GRPCInferenceServiceStub(channel)
    request = grpc_service_pb2.ModelReadyRequest(name=model)
    give_up = time.monotonic() + READY_SECONDS
    while not service.ModelReady(request, timeout=DEADLINE_SECONDS).ready:
        if time.monotonic() > give_up:
            raise TimeoutError(f"{model} was not READY within {READY_SECONDS} s")
        time.sleep(0.5)
    print(model, "is READY")


def predict(
    channel: grpc.Channel, model: str, input_name: str, shape: Sequence[int], values: Sequence[float]
) -> prediction_pb2.PredictResponse:
    request = prediction_pb2.PredictRequest(
        model_spec=types_pb2.ModelSpec(name=model),
        inputs=[types_pb2.Tensor(name=input_name, dtype=types_pb2.DT_FP32, shape=shape, fp32_val=values)],
    )
    return prediction_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=DEADLINE_SECONDS)


def print_prediction(response: prediction_pb2.PredictResponse) -> None:
    outputs = {output.name: output.raw for output in response.outputs}
    # Answers are raw little-endian bytes; with NumPy: np.frombuffer(raw, "<f4").reshape(output.shape).
    (label,) = struct.unpack("<q", outputs["label"])
    probabilities = [value for (value,) in struct.iter_unpack("<f", outputs["probabilities"])]
    spec = response.model_spec
    print(f"{spec.name} version {spec.version}: label {label}, probability {max(probabilities):.2f}")


def reason_of(error: grpc.RpcError) -> Optional[str]:
    """Programs go by the reason; the message is for people."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return None


def explain(error: grpc.RpcError, address: str) -> str:
    """What went wrong, for a person. A refusal by the server has a reason, an absent server has none."""
    if error.code() == grpc.StatusCode.UNAVAILABLE and reason_of(error) is None:
        return f"no server answers at {address}"
    return f"{error.code().name}: {error.details()}"


if __name__ == "__main__":
    main()
