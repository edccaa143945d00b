"""What scripts send with curl beside JSON for TensorFlow Serving: generate, images, arrays, texts, forms."""

import json
import struct
import subprocess
import zlib

import numpy as np
import pytest
from sample_models import ONE, SETOSA_AND_VIRGINICA, digits, iris

SECONDS = 30


@pytest.fixture
def curl(url):
    def run(path, *arguments, data=None):
        """The status and the body of the answer."""
        command = ["curl", "-sS", "-w", "\n%{http_code}", f"{url}{path}", *arguments]
        if data is not None:
            command += ["--data-binary", "@-"]
        done = subprocess.run(command, input=data, check=True, capture_output=True, timeout=SECONDS)
        body, status = done.stdout.decode().rsplit("\n", 1)
        return int(status), body

    return run


def png(pixels):
    """A picture in shades of grey."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels.astype(np.uint8))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def npy(array):
    """The file that numpy.save writes."""
    import io

    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def rows(answer):
    status, body = answer
    assert status == 200, body
    return json.loads(body)["predictions"]


def assert_probabilities(expected, predictions):
    np.testing.assert_allclose(
        [row["probabilities"] for row in predictions], expected["probabilities"], rtol=1e-3, atol=1e-5
    )


def test_generate_answers_a_text(curl):
    status, body = curl("/v2/models/texts/generate", "-d", '{"text": "make it loud"}')
    assert status == 200, body
    answer = json.loads(body)
    assert answer["model_name"] == "texts"
    assert answer["upper"] == "MAKE IT LOUD"


def test_generate_stream_answers_in_events(curl):
    status, body = curl("/v2/models/texts/generate_stream", "-N", "-d", '{"text": "make it loud"}')
    assert status == 200, body
    events = [json.loads(line.removeprefix("data:")) for line in body.splitlines() if line.startswith("data:")]
    assert [event["upper"] for event in events] == ["MAKE IT LOUD"]


def test_a_picture_is_taken_by_a_model_of_pictures(curl):
    # The model's pixels go from 0 to 16; its config.yaml scales by 1/15.
    answer = curl("/v1/models/pictures:predict", "-H", "Content-Type: image/png", data=png(ONE[0] * 15))
    assert_probabilities(digits(ONE), rows(answer))


def test_an_array_of_numpy_is_taken(curl):
    answer = curl("/v1/models/iris:predict", "-H", "Content-Type: application/x-npy", data=npy(SETOSA_AND_VIRGINICA))
    assert_probabilities(iris(SETOSA_AND_VIRGINICA), rows(answer))


def test_plain_bytes_are_taken_with_their_type_and_shape(curl):
    answer = curl(
        "/v1/models/iris:predict?input=features&dtype=FP32&shape=2&shape=4",
        "-H", "Content-Type: application/octet-stream",
        data=SETOSA_AND_VIRGINICA.tobytes(),
    )  # fmt: skip
    assert_probabilities(iris(SETOSA_AND_VIRGINICA), rows(answer))


def test_a_plain_text_is_taken(curl):
    answer = curl("/v1/models/texts:predict", "-H", "Content-Type: text/plain", data="hé there".encode())
    assert rows(answer) == ["Hé THERE"]


def test_a_form_has_a_part_for_each_input(curl, tmp_path):
    a, b = np.array([[1, 2]], np.float32), np.array([[30, 40]], np.float32)
    for name, array in (("a", a), ("b", b)):
        (tmp_path / f"{name}.npy").write_bytes(npy(array))
    answer = curl(
        "/v1/models/add-sub:predict",
        "-F", f"a=@{tmp_path}/a.npy;type=application/x-npy",
        "-F", f"b=@{tmp_path}/b.npy;type=application/x-npy",
    )  # fmt: skip
    assert rows(answer) == [{"sum": [31.0, 42.0], "difference": [-29.0, -38.0]}]
