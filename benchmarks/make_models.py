"""Makes the models of the benchmarks: python make_models.py FOLDER

Their weights are random, but the same each time: only the work that they make counts. Each takes x and gives y,
and the first size is the number of rows.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEED = 7
OPSET = 17
SLOW_LAYERS = 18
STAMPED_LAYERS = 13
STAMP = 1234567
IR_VERSION = 9

# MobileNet v2, table 2 of its paper: expansion, channels, repeats, first stride.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class Graph:
    """A chain of nodes from x to y, with weights as they are asked for."""

    def __init__(self):
        self.random = np.random.default_rng(SEED)
        self.nodes = []
        self.weights = []
        self.last = "x"

    def weight(self, *shape, fan_in):
        values = self.random.standard_normal(shape) * np.sqrt(2 / fan_in)
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def constant(self, value, dtype=np.float32):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def add(self, operator, *inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.last, *inputs], [output], **attributes))
        self.last = output
        return output

    def dense(self, size, outputs):
        self.add("Gemm", self.weight(size, outputs, fan_in=size), self.weight(outputs, fan_in=size))

    def convolution(self, inputs, outputs, kernel, stride=1, groups=1):
        fan_in = inputs // groups * kernel * kernel
        pad = kernel // 2
        self.add(
            "Conv", self.weight(outputs, inputs // groups, kernel, kernel, fan_in=fan_in),
            self.weight(outputs, fan_in=fan_in), kernel_shape=[kernel, kernel], strides=[stride, stride],
            pads=[pad] * 4, group=groups)

    def relu6(self):
        self.add("Clip", self.constant(0), self.constant(6))

    def save(self, folder, inputs, outputs):
        self.nodes[-1].output[0] = "y"
        graph = helper.make_graph(
            self.nodes, folder.name,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *inputs])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", *outputs])], self.weights)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="millrace")
        onnx.checker.check_model(model, full_check=True)
        version = folder / "1"
        version.mkdir(parents=True, exist_ok=True)
        onnx.save(model, version / "model.onnx")
        count = sum(np.prod(weight.dims) for weight in self.weights)
        print(f"{folder.name}: {count:,.0f} weights, {(version / 'model.onnx').stat().st_size:,} bytes")


def linear(folder):
    graph = Graph()
    graph.dense(3, 1)
    graph.save(folder, [3], [1])


def mlp(folder):
    graph = Graph()
    graph.dense(64, 256)
    graph.add("Relu")
    graph.dense(256, 256)
    graph.add("Relu")
    graph.dense(256, 10)
    graph.save(folder, [64], [10])


def cnn(folder):
    graph = Graph()
    graph.convolution(3, 32, kernel=3, stride=2)
    graph.relu6()
    channels = 32
    for expansion, outputs, repeats, first_stride in BLOCKS:
        for i in range(repeats):
            inverted_residual(graph, channels, outputs, expansion, first_stride if i == 0 else 1)
            channels = outputs
    graph.convolution(channels, 1280, kernel=1)
    graph.relu6()
    graph.add("GlobalAveragePool")
    graph.add("Flatten", axis=1)
    graph.dense(1280, 1000)
    graph.save(folder, [3, 224, 224], [1000])


def inverted_residual(graph, inputs, outputs, expansion, stride):
    before = graph.last
    hidden = inputs * expansion
    if expansion != 1:
        graph.convolution(inputs, hidden, kernel=1)
        graph.relu6()
    graph.convolution(hidden, hidden, kernel=3, stride=stride, groups=hidden)
    graph.relu6()
    graph.convolution(hidden, outputs, kernel=1)
    if stride == 1 and inputs == outputs:
        graph.add("Add", before)


def slow(folder):
    """About 10 ms a row on one core, with little to send, to load or to keep: the convolution is one and the same."""
    graph = Graph()
    graph.convolution(1, 64, kernel=3)
    graph.relu6()
    weights, bias = graph.weight(64, 64, 3, 3, fan_in=64 * 9), graph.weight(64, fan_in=64 * 9)
    for _ in range(SLOW_LAYERS):
        graph.add("Conv", weights, bias, kernel_shape=[3, 3], pads=[1] * 4)
        graph.relu6()
    graph.add("GlobalAveragePool")
    graph.add("Flatten", axis=1)
    graph.dense(64, 10)
    graph.save(folder, [1, 32, 32], [10])


def identity(folder):
    graph = Graph()
    graph.add("Identity")
    graph.save(folder, ["values"], ["values"])


def stamped(folder):
    """50 MB, and the answer is STAMP, which the stress suite replaces by the number of each version that it drops."""
    graph = Graph()
    graph.dense(3, 1000)
    for _ in range(STAMPED_LAYERS):
        graph.add("Tanh")
        graph.dense(1000, 1000)
    graph.add("ReduceMean", axes=[1], keepdims=1)
    graph.add("Mul", graph.constant(0))
    graph.add("Add", graph.constant(STAMP))
    graph.save(folder, [3], [1])


def crashes(folder):
    """Ends the process that runs it: ONNX Runtime 1.28 divides by the number of rows in TopK, of which there are none."""
    graph = Graph()
    none, one = graph.constant([0], np.int64), graph.constant([1], np.int64)
    graph.add("Slice", none, none, none)
    graph.nodes.append(helper.make_node("TopK", [graph.last, one], ["y", "place"], axis=1))
    graph.save(folder, [3], [1])


def main():
    folder = Path(sys.argv[1])
    # The dot hides them from a server of all models, which would only grow by one and end by the other.
    stamped(folder / ".stamped")
    crashes(folder / ".crashes")
    for make in (linear, mlp, cnn, identity, slow):
        make(folder / make.__name__)


if __name__ == "__main__":
    main()
