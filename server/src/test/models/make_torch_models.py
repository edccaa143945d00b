"""Writes the tiny TorchScript models of this folder, with torch 1.13 or newer (Debian: python3-torch).

    python3 make_torch_models.py
"""

import io
import zipfile
from pathlib import Path
from typing import Dict, List, Tuple

import torch
from torch import Tensor, nn

HERE = Path(__file__).parent


class Identity(nn.Module):
    def forward(self, x):
        return x


class AddSub(nn.Module):
    def forward(self, a, b) -> Tuple[Tensor, Tensor]:
        return a + b, a - b


class AddSubList(nn.Module):
    def forward(self, a, b) -> List[Tensor]:
        return [a + b, a - b]


class AddSubDictionary(nn.Module):
    def forward(self, a, b) -> Dict[str, Tensor]:
        return {"difference": a - b, "sum": a + b}


class Transpose(nn.Module):
    """Its output is a view whose values do not lie in row-major order."""

    def forward(self, x):
        return x.transpose(0, 1)


class Dropout(nn.Module):
    """Saved in training mode: half of the values come out as 0 unless the server switches it off."""

    def forward(self, x):
        return nn.functional.dropout(x, 0.5, self.training)


class Rows(nn.Module):
    """Gives a number, which is no tensor."""

    def forward(self, x) -> int:
        return x.size(0)


class Scalar(nn.Module):
    def forward(self, x):
        return x.sum()


def save(name, module):
    """Leaves out the debug files, which name folders of the machine, and the times."""
    packed = io.BytesIO()
    torch.jit.save(torch.jit.script(module), packed)
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(HERE / f"{name}.pt", "w") as target:
        for entry in source.namelist():
            if not entry.endswith(".debug_pkl"):
                folder, _, rest = entry.partition("/")
                target.writestr(zipfile.ZipInfo(f"{name}/{rest}"), source.read(entry))


def main():
    save("identity", Identity().eval())
    save("add-sub", AddSub().eval())
    save("add-sub-list", AddSubList().eval())
    save("add-sub-dictionary", AddSubDictionary().eval())
    save("transpose", Transpose().eval())
    save("dropout", Dropout().train())
    save("rows", Rows().eval())
    save("scalar", Scalar().eval())


if __name__ == "__main__":
    main()
