"""Writes the tiny ONNX models of this folder, and what Python's ONNX Runtime makes of them.

    pip install -r requirements.txt
    python make_models.py

README.md says what each model takes and gives; make_torch_models.py writes the .pt files.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

HERE = Path(__file__).parent
OPSETS = [helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3)]

FP32, INT64, BOOL, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.STRING

TYPES = {
    "bool": TensorProto.BOOL,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "fp16": TensorProto.FLOAT16,
    "bf16": TensorProto.BFLOAT16,
    "fp32": TensorProto.FLOAT,
    "fp64": TensorProto.DOUBLE,
    "bytes": TensorProto.STRING,
    "float8": TensorProto.FLOAT8E4M3FN,
}

EMOJI = "a😀b".encode()
# The bytes above, each taken for a character: what a careless decoder makes of them.
GARBLED = "að\u009f\u0098\u0080b".encode()
NUL = b"a\0b\0\0c"
BINARY = b"\xff\xfe\x80plain\x00\xf0\x9f"
PLAIN = "naïve €".encode()
STRINGS = [EMOJI, GARBLED, NUL, BINARY, PLAIN, b""]


def value(name, dtype, shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, "fixture", inputs, outputs, list(initializers))
    made = helper.make_model(graph, opset_imports=OPSETS, ir_version=10, producer_name="millrace")
    onnx.checker.check_model(made)
    return made


def save(name, made):
    (HERE / f"{name}.onnx").write_bytes(made.SerializeToString(deterministic=True))


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, **attributes)


def strings(name, elements):
    return helper.make_tensor(name, STRING, [len(elements)], elements)


def identity(name, dtype, shape=("n",)):
    nodes = [node("Identity", ["x"], ["y"])]
    save(f"identity-{name}", model(nodes, [value("x", dtype, shape)], [value("y", dtype, shape)]))


def constant_version(number):
    nodes = [
        node("Mul", ["x", "factor"], ["y"]),
        node("Shape", ["x"], ["rows"], start=0, end=1),
        node("Expand", ["number", "rows"], ["version"]),
    ]
    constants = [
        helper.make_tensor("factor", FP32, [], [float(number)]),
        helper.make_tensor("number", INT64, [1], [number]),
    ]
    outputs = [value("y", FP32, ["batch", 2]), value("version", INT64, ["batch"])]
    save(f"constant-version-{number}", model(nodes, [value("x", FP32, ["batch", 2])], outputs, constants))


def named_scores():
    """Scores, and the names of their classes in each row."""
    nodes = [
        node("Identity", ["x"], ["scores"]),
        node("Shape", ["x"], ["shape"]),
        node("Expand", ["classes", "shape"], ["names"]),
    ]
    outputs = [value("scores", FP32, ["batch", 2]), value("names", STRING, ["batch", 2])]
    constants = [strings("classes", ["cat".encode(), "dög".encode()])]
    save("named-scores", model(nodes, [value("x", FP32, ["batch", 2])], outputs, constants))


def add_sub():
    nodes = [node("Add", ["a", "b"], ["sum"]), node("Sub", ["a", "b"], ["difference"])]
    inputs = [value(n, FP32, ["batch", "n"]) for n in ("a", "b")]
    outputs = [value(n, FP32, ["batch", "n"]) for n in ("sum", "difference")]
    save("add-sub", model(nodes, inputs, outputs))


def scalar():
    one = helper.make_tensor("one", FP32, [], [1.0])
    nodes = [node("Add", ["x", "one"], ["y"])]
    save("scalar", model(nodes, [value("x", FP32, [])], [value("y", FP32, [])], [one]))


def slow():
    body = helper.make_graph(
        [
            node("Identity", ["go_on"], ["go_on_out"]),
            node("Add", ["before", "one"], ["after"]),
        ],
        "step",
        [value("step", INT64, []), value("go_on", BOOL, []), value("before", INT64, [])],
        [value("go_on_out", BOOL, []), value("after", INT64, [])],
        [helper.make_tensor("one", INT64, [], [1])],
    )
    constants = [helper.make_tensor("yes", BOOL, [], [True]), helper.make_tensor("zero", INT64, [], [0])]
    nodes = [node("Loop", ["steps", "yes", "zero"], ["count"], body=body)]
    save("slow", model(nodes, [value("steps", INT64, [])], [value("count", INT64, [])], constants))


def crashes():
    """Ends the process that runs it: this ONNX Runtime divides by the number of rows in TopK, of which there are none."""
    constants = [helper.make_tensor("none", INT64, [1], [0]), helper.make_tensor("one", INT64, [1], [1])]
    nodes = [
        node("Slice", ["x", "none", "none", "none"], ["rows"]),
        node("TopK", ["rows", "one"], ["y", "place"], axis=1),
    ]
    outputs = [value("y", FP32, [None, 1]), value("place", INT64, [None, 1])]
    save("crashes", model(nodes, [value("x", FP32, ["batch", 2])], outputs, constants))


def endless():
    """Counts for ever, whatever it is given."""
    body = helper.make_graph(
        [node("Identity", ["go_on"], ["go_on_out"]), node("Add", ["before", "before"], ["after"])],
        "step",
        [value("step", INT64, []), value("go_on", BOOL, []), value("before", FP32, ["n"])],
        [value("go_on_out", BOOL, []), value("after", FP32, ["n"])],
    )
    constants = [
        helper.make_tensor("yes", BOOL, [], [True]),
        helper.make_tensor("steps", INT64, [], [2**62]),
    ]
    nodes = [node("Loop", ["steps", "yes", "x"], ["y"], body=body)]
    save("endless", model(nodes, [value("x", FP32, ["n"])], [value("y", FP32, ["n"])], constants))


def hungry():
    """Wants 2 GB for each number that it is given."""
    constants = [helper.make_tensor("many", INT64, [1], [2**29])]
    nodes = [
        node("Shape", ["x"], ["count"]),
        node("Concat", ["count", "many"], ["shape"], axis=0),
        node("Unsqueeze", ["x", "last"], ["column"]),
        node("Expand", ["column", "shape"], ["y"]),
    ]
    constants.append(helper.make_tensor("last", INT64, [1], [1]))
    save("hungry", model(nodes, [value("x", FP32, ["n"])], [value("y", FP32, ["n", 2**29])], constants))


def two_sizes():
    """Two dynamic sizes that the file lets differ and the model does not."""
    inputs = [value("a", FP32, ["m"]), value("b", FP32, ["n"])]
    save("two-sizes", model([node("Add", ["a", "b"], ["sum"])], inputs, [value("sum", FP32, [None])]))


def positive():
    """Gives back the numbers above 0, so how many rows come out depends on the values."""
    zero = helper.make_tensor("zero", FP32, [], [0.0])
    nodes = [node("Greater", ["x", "zero"], ["keep"]), node("Compress", ["x", "keep"], ["y"], axis=0)]
    save("positive", model(nodes, [value("x", FP32, ["n"])], [value("y", FP32, [None])], [zero]))


def upper():
    # The locale "C" is there on every machine; it knows ASCII letters only.
    nodes = [node("StringNormalizer", ["text"], ["upper"], case_change_action="UPPER", locale="C")]
    save("upper", model(nodes, [value("text", STRING, ["n"])], [value("upper", STRING, ["n"])]))


def split(text):
    nodes = [node("StringSplit", ["text"], ["pieces", "count"], delimiter="😀")]
    outputs = [value("pieces", STRING, ["n", "most"]), value("count", INT64, ["n"])]
    return with_text(nodes, outputs, text)


def known(text):
    """For each text, which of STRINGS it equals, byte for byte."""
    shape = helper.make_tensor("column", INT64, [2], [-1, 1])
    nodes = [node("Reshape", ["text", "column"], ["rows"]), node("Equal", ["rows", "known"], ["same"])]
    outputs = [value("same", BOOL, ["n", len(STRINGS)])]
    return with_text(nodes, outputs, text, [shape, strings("known", STRINGS)])


def label(text):
    nodes = [
        node(
            "LabelEncoder",
            ["text"],
            ["number"],
            domain="ai.onnx.ml",
            keys_strings=["😀", "naïve €", "plain", "a\0b"],
            values_int64s=[1, 2, 3, 4],
            default_int64=-1,
        )
    ]
    return with_text(nodes, [value("number", INT64, ["n"])], text)


def with_text(nodes, outputs, text, constants=()):
    """A model of one input, or the same model over constant text."""
    if text is None:
        return model(nodes, [value("text", STRING, ["n"])], outputs, constants)
    return model(nodes, [], outputs, [*constants, strings("text", text)])


def add_texts():
    """Adds numbers that are written as texts, as Triton's simple_string does: an empty text fails."""
    nodes = [
        node("Cast", ["a"], ["left"], to=TensorProto.INT32),
        node("Cast", ["b"], ["right"], to=TensorProto.INT32),
        node("Add", ["left", "right"], ["number"]),
        node("Cast", ["number"], ["sum"], to=STRING),
    ]
    texts = [value(name, STRING, ["batch", 2]) for name in "ab"]
    save("add-texts", model(nodes, texts, [value("sum", STRING, ["batch", 2])]))


def own_strings():
    """Strings that the model gives of itself, whatever it takes."""
    names = ["emoji", "garbled", "nul", "binary", "plain", "empty"]
    nodes = [node("Identity", ["x"], ["same"])]
    nodes += [node("Identity", [f"own_{n}"], [n]) for n in names]
    outputs = [value("same", FP32, ["n"])] + [value(n, STRING, [1]) for n in names]
    constants = [strings(f"own_{n}", [s]) for n, s in zip(names, STRINGS)]
    outputs.append(value("all", STRING, [2, 3]))
    nodes.append(node("Identity", ["own_all"], ["all"]))
    constants.append(helper.make_tensor("own_all", STRING, [2, 3], STRINGS))
    save("own-strings", model(nodes, [value("x", FP32, ["n"])], outputs, constants))


def zipmap():
    nodes = [node("ZipMap", ["x"], ["probabilities"], domain="ai.onnx.ml", classlabels_strings=["cat", "dog"])]
    of_map = helper.make_sequence_type_proto(
        helper.make_map_type_proto(STRING, helper.make_tensor_type_proto(FP32, []))
    )
    outputs = [helper.make_value_info("probabilities", of_map)]
    save("zipmap", model(nodes, [value("x", FP32, ["batch", 2])], outputs))


def external_data():
    """Weights in a file beside the model, and a model that reaches out of its folder for them."""
    weights = np.array([1, 2, 3], dtype="<f4").tobytes()
    (HERE / "external-data.bin").write_bytes(weights)
    for name, location in ("external-data", "external-data.bin"), ("external-escape", "../external-data.bin"):
        tensor = TensorProto(name="weights", data_type=FP32, dims=[3], data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=location)
        tensor.external_data.add(key="length", value=str(len(weights)))
        graph = helper.make_graph(
            [node("Add", ["x", "weights"], ["y"])],
            "fixture",
            [value("x", FP32, ["batch", 3])],
            [value("y", FP32, ["batch", 3])],
            [tensor],
        )
        save(name, helper.make_model(graph, opset_imports=OPSETS, ir_version=10, producer_name="millrace"))


def expected(name, make):
    """What the model makes of STRINGS and a few more, by an engine that is handed the exact bytes."""
    text = [*STRINGS, "😀".encode(), "😀😀".encode(), b"plain", b"a\0b", "€😀ð".encode()]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        make(text).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    number = [o.name for o in session.get_outputs() if o.type != "tensor(string)"]
    (result,) = session.run(number, {})
    for element, row in zip(text, result.reshape(len(text), -1)):
        yield "\t".join([name, number[0], element.hex(), " ".join(str(int(v)) for v in row)])


def main():
    for name, dtype in TYPES.items():
        identity(name, dtype)
    identity("bytes-scalar", STRING, [])
    for number in 1, 2, 3:
        constant_version(number)
    for make in named_scores, add_sub, add_texts, scalar, slow, two_sizes, positive, upper, own_strings, zipmap, external_data:
        make()
    lines = ["# model\toutput\telement, as hexadecimal bytes\tvalues of its row"]
    for name, make in ("split", split), ("known", known), ("label", label):
        save(name, make(None))
        lines += expected(name, make)
    (HERE / "expected-strings.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
