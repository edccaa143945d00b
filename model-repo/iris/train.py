"""Trains iris: which of three species a flower is, from four lengths."""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

HERE = Path(__file__).resolve().parent
SEED = 7

GRAPH = """
<ir_version: 9, opset_import: ["" : 17], producer_name: "millrace">
iris (float[batch, 4] features) => (int64[batch] label, float[batch, 3] probabilities) {
  weighted = MatMul(features, weights)
  scores = Add(weighted, intercept)
  probabilities = Softmax<axis: int = 1>(scores)
  label = ArgMax<axis: int = 1, keepdims: int = 0>(scores)
}
"""


def write(version, text, **tensors):
    model = onnx.parser.parse_model(text)
    for name, value in tensors.items():
        model.graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype=np.float32), name))
    onnx.checker.check_model(model, full_check=True)
    folder = HERE / str(version)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / "model.onnx")


def main():
    data, species = load_iris(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        data, species, test_size=0.3, random_state=SEED, stratify=species)
    model = LogisticRegression(max_iter=1000).fit(train_x, train_y)
    print(f"iris/1 held-out accuracy {model.score(test_x, test_y):.3f}")
    write(1, GRAPH, weights=model.coef_.T, intercept=model.intercept_)


if __name__ == "__main__":
    main()
