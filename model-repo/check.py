"""Sends each version its sample request and some awkward ones, and prints what came back.

ONNX versions run in onnxruntime; TorchScript versions run only where torch is installed.
Ends with status 1 if any answer is missing, not finite, or of the wrong number of rows.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

try:
    import torch
except ImportError:
    torch = None

ROOT = Path(__file__).resolve().parent
FIELDS = {"DT_FP32": ("fp32_val", np.float32), "DT_INT64": ("int_val", np.int64)}
ODD_TEXTS = ["", "MiXeD CaSe!!!", "🙂 ça va? \u200d\u0000 ;-)", "?" * 5000]
ODD_IDS = [0, -1, 2973, 2**63 - 1, -2**63]


def sample(model):
    """The tensors of samples/request.json by name."""
    request = json.loads((ROOT / model / "samples" / "request.json").read_text(encoding="utf-8"))
    if request["model_spec"]["name"] != model:
        raise ValueError(f"the sample of {model} names {request['model_spec']['name']}")
    tensors = {}
    for tensor in request["inputs"]:
        shape = [int(length) for length in tensor["shape"]]
        if tensor["dtype"] == "DT_BYTES":
            values = [base64.b64decode(value).decode("utf-8") for value in tensor["bytes_val"]]
            array = np.array(values, dtype=object)
        else:
            field, dtype = FIELDS[tensor["dtype"]]
            array = np.array([dtype(value) for value in tensor[field]], dtype=dtype)
        tensors[tensor["name"]] = array.reshape(shape)
    return tensors


def rows(tensors, count):
    return {name: np.repeat(array[:1], count, axis=0) for name, array in tensors.items()}


def nothing(tensors):
    """The same shapes, all zero or all empty text."""
    return {name: np.full_like(array, "" if array.dtype == object else 0) for name, array in tensors.items()}


def odd(tensors):
    """Text and ids that no training row had, or no tensors where the input is plain numbers."""
    for name, array in tensors.items():
        if array.dtype == object:
            return {name: np.array(ODD_TEXTS, dtype=object)}
        if array.dtype == np.int64:
            return {name: np.array(ODD_IDS, dtype=np.int64)}
    return None


def onnx_runner(file):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def signature(tensors):
        return ", ".join(f"{t.name} {t.type.removeprefix('tensor')} {t.shape}" for t in tensors)

    print(f"    in  {signature(session.get_inputs())}")
    print(f"    out {signature(session.get_outputs())}")
    return lambda tensors: dict(zip(names, session.run(None, tensors)))


def torch_runner(file):
    module = torch.jit.load(str(file))

    def run(tensors):
        with torch.no_grad():
            label, probabilities = module(*map(torch.from_numpy, tensors.values()))
        return {"label": label.numpy(), "probabilities": probabilities.numpy()}

    return run


def answer(run, tensors):
    """The outputs, after checking that they are finite and have one row for each input row."""
    count = len(next(iter(tensors.values())))
    outputs = run(tensors)
    for name, array in outputs.items():
        if len(array) != count:
            raise ValueError(f"{name} has {len(array)} rows for {count}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite")
    return outputs


def check(run, tensors):
    single = answer(run, rows(tensors, 1))
    for name, array in answer(run, rows(tensors, 3)).items():
        if not np.allclose(array, np.repeat(single[name], 3, axis=0), rtol=1e-5, atol=1e-6):
            raise ValueError(f"{name} depends on its neighbours in the batch")
    cases = {"sample": tensors, "zero": nothing(tensors), "batch 0": rows(tensors, 0), "odd": odd(tensors)}
    for case, given in cases.items():
        if given is None:
            continue
        for name, array in answer(run, given).items():
            shown = np.array2string(array[:5], precision=3, suppress_small=True, threshold=50, max_line_width=200)
            print(f"    {case:8} {name:14} {str(array.shape):8} {' '.join(shown.split())}")


def main():
    failed = False
    for file in sorted(ROOT.glob("*/[0-9]*/model.*")):
        model, version = file.parts[-3], file.parts[-2]
        print(f"{model}/{version} {file.name}, {file.stat().st_size:,} bytes")
        if file.suffix == ".pt" and torch is None:
            print("    skipped: torch is not installed")
            continue
        try:
            check(onnx_runner(file) if file.suffix == ".onnx" else torch_runner(file), sample(model))
            print("    good")
        except Exception as problem:  # one broken version must not hide the others
            failed = True
            print(f"    BAD: {problem}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
