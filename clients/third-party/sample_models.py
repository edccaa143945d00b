"""What the models must answer, worked out with NumPy alone: the weights are read from the files byte by byte."""

import os
import pathlib

import numpy as np

# The repository that `run` has put together and the server serves.
REPOSITORY = pathlib.Path(os.environ["MILLRACE_REPOSITORY"])

SETOSA_AND_VIRGINICA = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], np.float32)
# fmt: off
PATIENTS = np.array([
    [-0.085, 0.051, -0.041, -0.033, -0.081, -0.070, -0.007, -0.039, -0.058, -0.042],
    [0.038, 0.051, 0.062, 0.022, -0.044, -0.035, -0.043, -0.003, 0.020, -0.018],
], np.float32)
# fmt: on
SPECIES = ["setosa", "versicolor", "virginica"]
# fmt: off
ONE = np.array([[
    [0, 0, 0, 15, 12, 1, 0, 0],
    [0, 0, 5, 16, 16, 6, 0, 0],
    [0, 0, 2, 16, 16, 3, 0, 0],
    [0, 0, 2, 16, 16, 1, 0, 0],
    [0, 0, 6, 16, 13, 0, 0, 0],
    [0, 0, 1, 16, 16, 2, 0, 0],
    [0, 0, 3, 16, 15, 3, 0, 0],
    [0, 0, 0, 15, 16, 1, 0, 0],
]], np.float32)
# fmt: on
TEXTS = np.array([b"plain", "h\u00e9 \U0001f642".encode(), b""], np.object_)

# The lowest, the highest and a common value of each data type that NumPy has; each goes to a model that gives it back.
VALUES = {
    "BOOL": np.array([True, False, True]),
    **{
        np.dtype(kind).name.upper(): np.array([np.iinfo(kind).min, np.iinfo(kind).max, 7], kind)
        for kind in (np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32, np.int64)
    },
    **{
        f"FP{8 * np.dtype(kind).itemsize}": np.array([np.finfo(kind).min, np.finfo(kind).max, 0.1], kind)
        for kind in (np.float16, np.float32, np.float64)
    },
    "BYTES": TEXTS,
}


def varint(message, at):
    """The number that begins at a byte, and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


def fields(message):
    """Yields the number and value of each field of a protobuf message; what has a length comes as bytes."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 0:
            value, at = varint(message, at)
        else:
            size, at = varint(message, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
            value = message[at : at + size]
            at += size
        yield key >> 3, value


def every(message, number):
    return [value for field, value in fields(message) if field == number]


def weights(model, version):
    """The arrays in an ONNX file by name, if they are FP32: ModelProto.graph is 7, GraphProto.initializer 5."""
    (graph,) = every((REPOSITORY / model / str(version) / "model.onnx").read_bytes(), 7)
    arrays = {}
    for tensor in every(graph, 5):
        # TensorProto: dims 1, name 8, raw_data 9.
        (name,), (raw,) = every(tensor, 8), every(tensor, 9)
        arrays[name.decode()] = np.frombuffer(raw, "<f4").reshape(every(tensor, 1))
    return arrays


def classified(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return {"label": scores.argmax(axis=1), "probabilities": powers / powers.sum(axis=1, keepdims=True)}


def iris(features):
    model = weights("iris", 1)
    return classified(features @ model["weights"] + model["intercept"])


def digits(image):
    """By version 1; version 2 is TorchScript."""
    model = weights("digits", 1)
    pixels = image.reshape(len(image), -1) / model["brightest"]
    hidden = np.maximum(pixels @ model["hidden_weights"] + model["hidden_bias"], 0)
    return classified(hidden @ model["output_weights"] + model["output_bias"])


def diabetes(features):
    """By version 2, the newest, which alone serves."""
    model = weights("diabetes", 2)
    return {"progression": (features - model["mean"]) / model["deviation"] @ model["weights"] + model["intercept"]}


def assert_answer(expected, answer):
    """An answer is right if whole numbers are equal and others as near as single precision goes."""
    for name, array in expected.items():
        got = answer(name)
        if array.dtype.kind in "iub":
            np.testing.assert_array_equal(got, array, name)
        else:
            np.testing.assert_allclose(got, array, rtol=1e-4, atol=1e-6, err_msg=name)
