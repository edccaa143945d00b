"""TensorFlow Serving's REST, as its tutorials call it: with requests, and with their commands for curl."""

import base64
import json
import subprocess

import numpy as np
import pytest
import requests
from sample_models import ONE, PATIENTS, SETOSA_AND_VIRGINICA, SPECIES, diabetes, digits, iris

SECONDS = 30


def curl(*arguments):
    return subprocess.run(
        ["curl", "-sS", *arguments], check=True, capture_output=True, text=True, timeout=SECONDS
    ).stdout


def predict(url, question, model="iris"):
    data = json.dumps({"signature_name": "serving_default", **question})
    response = requests.post(
        f"{url}/v1/models/{model}:predict", data=data, headers={"content-type": "application/json"}, timeout=SECONDS
    )
    return response.status_code, json.loads(response.text)


def test_rows_are_answered_as_rows(url):
    status, answer = predict(url, {"instances": SETOSA_AND_VIRGINICA.tolist()})
    expected = iris(SETOSA_AND_VIRGINICA)
    assert status == 200
    assert [row["label"] for row in answer["predictions"]] == expected["label"].tolist()
    np.testing.assert_allclose(
        [row["probabilities"] for row in answer["predictions"]], expected["probabilities"], rtol=1e-4, atol=1e-6
    )


def test_rows_may_name_their_inputs(url):
    _, answer = predict(url, {"instances": [{"a": [1, 2], "b": [30, 40]}]}, "add-sub")
    assert answer == {"predictions": [{"sum": [31.0, 42.0], "difference": [-29.0, -38.0]}]}


def test_columns_are_answered_as_columns(url):
    _, answer = predict(url, {"inputs": {"a": [[1, 2]], "b": [[30, 40]]}}, "add-sub")
    assert answer == {"outputs": {"sum": [[31.0, 42.0]], "difference": [[-29.0, -38.0]]}}


def test_a_model_with_one_output_answers_with_its_values(url):
    # half_plus_two, the model of TensorFlow Serving's first page, is not here; this one doubles nothing and adds nothing.
    answer = json.loads(curl("-d", '{"instances": [1.0, 2.0, 5.0]}', "-X", "POST", f"{url}/v1/models/identity-fp32:predict"))
    assert answer == {"predictions": [1.0, 2.0, 5.0]}


@pytest.mark.parametrize("path", ["digits/versions/1", "digits/labels/stable"])
def test_a_version_is_chosen_by_number_or_label(url, path):
    _, answer = predict(url, {"instances": ONE.tolist()}, path)
    np.testing.assert_allclose(
        answer["predictions"][0]["probabilities"], digits(ONE)["probabilities"][0], rtol=1e-4, atol=1e-6
    )


def test_bytes_travel_as_base64(url):
    question = {"instances": [{"b64": base64.b64encode("hé 🙂".encode()).decode()}, "plain"]}
    assert predict(url, question, "identity-bytes") == (200, {"predictions": ["hé 🙂", "plain"]})


def test_compressed_bodies_are_read(url):
    import gzip

    body = gzip.compress(json.dumps({"instances": SETOSA_AND_VIRGINICA.tolist()}).encode())
    response = requests.post(
        f"{url}/v1/models/iris:predict", data=body, headers={"Content-Encoding": "gzip"}, timeout=SECONDS
    )
    assert [row["label"] for row in response.json()["predictions"]] == [0, 2]


def test_status_and_metadata_are_told(url):
    status = json.loads(curl(f"{url}/v1/models/digits"))["model_version_status"]
    assert [(one["version"], one["state"], one["status"]["error_code"]) for one in status] == [
        ("2", "AVAILABLE", "OK"),
        ("1", "AVAILABLE", "OK"),
    ]
    metadata = json.loads(curl(f"{url}/v1/models/digits/versions/1/metadata"))
    assert metadata["model_spec"] == {"name": "digits", "signature_name": "", "version": "1"}
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["image"]["dtype"] == "DT_FLOAT"
    assert [dim["size"] for dim in signature["inputs"]["image"]["tensor_shape"]["dim"]] == ["-1", "8", "8"]


def test_classify_names_the_classes_with_their_scores(url):
    question = {"examples": [{"features": row} for row in SETOSA_AND_VIRGINICA.tolist()]}
    response = requests.post(f"{url}/v1/models/iris:classify", json=question, timeout=SECONDS)
    for classes, expected in zip(response.json()["results"], iris(SETOSA_AND_VIRGINICA)["probabilities"]):
        scores = dict(classes)
        np.testing.assert_allclose([scores[name] for name in SPECIES], expected, rtol=1e-4, atol=1e-6)


def test_regress_gives_a_number_for_each_example(url):
    question = {"examples": [{"features": row} for row in PATIENTS.tolist()]}
    response = requests.post(f"{url}/v1/models/diabetes:regress", json=question, timeout=SECONDS)
    np.testing.assert_allclose(response.json()["results"], diabetes(PATIENTS)["progression"].ravel(), rtol=1e-4)


REFUSED = {
    "an unknown model": ("nobody:predict", {"instances": [1]}, 404, "nobody"),
    "an unknown version": ("iris/versions/7:predict", {"instances": [1]}, 404, "7"),
    "a wrong shape": ("iris:predict", {"instances": [[1, 2, 3]]}, 400, "[-1, 4]"),
    "a wrong type": ("iris:predict", {"instances": [["a", 1, 2, 3]]}, 400, "FP32"),
    "no rows and no columns": ("iris:predict", {}, 400, "instances"),
    "rows and columns": ("iris:predict", {"instances": [], "inputs": []}, 400, "instances"),
}


@pytest.mark.parametrize(("path", "question", "status", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_predicted_is_refused_with_a_status_and_an_error(url, path, question, status, words):
    response = requests.post(f"{url}/v1/models/{path}", json=question, timeout=SECONDS)
    assert response.status_code == status
    assert words in response.json()["error"]
