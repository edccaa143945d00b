"""Trains the two versions of diabetes: ordinary least squares, then ridge on standardised columns."""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
SEED = 7

LEAST_SQUARES = """
<ir_version: 9, opset_import: ["" : 17], producer_name: "millrace">
diabetes (float[batch, 10] features) => (float[batch, 1] progression) {
  weighted = MatMul(features, weights)
  progression = Add(weighted, intercept)
}
"""

# The scaling stays visible in the graph instead of being folded into the weights,
# so that the two versions differ in structure as well as in numbers.
RIDGE = """
<ir_version: 9, opset_import: ["" : 17], producer_name: "millrace">
diabetes (float[batch, 10] features) => (float[batch, 1] progression) {
  centred = Sub(features, mean)
  scaled = Div(centred, deviation)
  weighted = MatMul(scaled, weights)
  progression = Add(weighted, intercept)
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


def report(version, model, features, truth):
    guess = model.predict(features)
    print(f"diabetes/{version} held-out R2 {r2_score(truth, guess):.3f}, "
          f"mean absolute error {mean_absolute_error(truth, guess):.1f}")


def main():
    data, target = load_diabetes(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(data, target, test_size=0.25, random_state=SEED)

    least_squares = LinearRegression().fit(train_x, train_y)
    report(1, least_squares, test_x, test_y)
    write(1, LEAST_SQUARES,
          weights=least_squares.coef_.reshape(-1, 1), intercept=[least_squares.intercept_])

    pipeline = make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-1, 3, 33))).fit(train_x, train_y)
    report(2, pipeline, test_x, test_y)
    scaler, ridge = pipeline[0], pipeline[1]
    write(2, RIDGE, mean=scaler.mean_, deviation=scaler.scale_,
          weights=ridge.coef_.reshape(-1, 1), intercept=[ridge.intercept_])


if __name__ == "__main__":
    main()
