"""Trains digits twice under one signature: version 1 for ONNX Runtime, version 2 for libtorch.

Version 2 needs torch. Without it the script retrains version 1 and leaves version 2 as it is.
"""

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

try:
    import torch
except ImportError:
    torch = None

HERE = Path(__file__).resolve().parent
SEED = 7
BRIGHTEST = 16.0  # pixels run from 0 to 16

GRAPH = """
<ir_version: 9, opset_import: ["" : 17], producer_name: "millrace">
digits (float[batch, 8, 8] image) => (int64[batch] label, float[batch, 10] probabilities) {
  flat = Flatten<axis: int = 1>(image)
  pixels = Div(flat, brightest)
  hidden_sum = Gemm(pixels, hidden_weights, hidden_bias)
  hidden = Relu(hidden_sum)
  scores = Gemm(hidden, output_weights, output_bias)
  probabilities = Softmax<axis: int = 1>(scores)
  label = ArgMax<axis: int = 1, keepdims: int = 0>(scores)
}
"""


def version_folder(version):
    folder = HERE / str(version)
    folder.mkdir(exist_ok=True)
    return folder


def train_onnx(train_x, test_x, train_y, test_y):
    flat = len(train_x), -1
    network = MLPClassifier(hidden_layer_sizes=(48,), alpha=1e-2, max_iter=400, random_state=SEED)
    network.fit(train_x.reshape(flat) / BRIGHTEST, train_y)
    accuracy = network.score(test_x.reshape(len(test_x), -1) / BRIGHTEST, test_y)
    print(f"digits/1 held-out accuracy {accuracy:.3f}")

    model = onnx.parser.parse_model(GRAPH)
    tensors = {
        "brightest": np.array(BRIGHTEST),
        "hidden_weights": network.coefs_[0], "hidden_bias": network.intercepts_[0],
        "output_weights": network.coefs_[1], "output_bias": network.intercepts_[1],
    }
    for name, value in tensors.items():
        model.graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, version_folder(1) / "model.onnx")


if torch is not None:
    class DigitsNet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.edges = torch.nn.Conv2d(1, 12, kernel_size=3, padding=1)
            self.shapes = torch.nn.Conv2d(12, 24, kernel_size=3, padding=1)
            self.classes = torch.nn.Linear(24 * 2 * 2, 10)

        def scores(self, image):
            x = image.unsqueeze(1) / 16.0
            x = torch.max_pool2d(torch.relu(self.edges(x)), 2)
            x = torch.max_pool2d(torch.relu(self.shapes(x)), 2)
            return self.classes(x.flatten(1))

        def forward(self, image):
            scores = self.scores(image)
            return scores.argmax(1), torch.softmax(scores, 1)


def train_torchscript(train_x, test_x, train_y, test_y):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # one thread adds floats in one order, so reruns agree to the bit
    torch.use_deterministic_algorithms(True)

    images = torch.from_numpy(train_x).float()
    labels = torch.from_numpy(train_y)
    net = DigitsNet()
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3, weight_decay=1e-4)
    for _ in range(40):
        for rows in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(net.scores(images[rows]), labels[rows]).backward()
            optimiser.step()

    net.eval()
    with torch.no_grad():
        guess, _ = net(torch.from_numpy(test_x).float())
    accuracy = (guess.numpy() == test_y).mean()
    print(f"digits/2 held-out accuracy {accuracy:.3f}")
    save_without_source_paths(torch.jit.freeze(torch.jit.script(net)), version_folder(2) / "model.pt")


def save_without_source_paths(module, target):
    """Saves the module less its debug records, which would name files of the training machine."""
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "model.pt"
        torch.jit.save(module, str(full))
        reader = torch._C.PyTorchFileReader(str(full))
        writer = torch._C.PyTorchFileWriter(str(target))
        writer.set_min_version(int(reader.get_record("version")))
        for name in reader.get_all_records():
            written_by_the_writer = name in ("version", "byteorder") or name.startswith(".")
            if not written_by_the_writer and not name.endswith(".debug_pkl"):
                record = reader.get_record(name)
                writer.write_record(name, record, len(record))
        writer.write_end_of_file()


def main():
    digits = load_digits()
    split = train_test_split(digits.images, digits.target, test_size=0.25, random_state=SEED, stratify=digits.target)
    train_onnx(*split)
    if torch is None:
        print("digits/2 left as it is: torch is not installed")
    else:
        train_torchscript(*split)


if __name__ == "__main__":
    main()
