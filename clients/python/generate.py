"""Generates the stubs from proto/ into generated/, which git ignores."""

import pathlib
import shutil
import sys

import grpc_tools
from google.rpc import error_details_pb2
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parents[1] / "proto/src/main/proto"
GENERATED = HERE / "generated"


def main() -> int:
    # googleapis-common-protos brings google/api and google/rpc, as .proto files and as Python modules.
    site_packages = pathlib.Path(error_details_pb2.__file__).parents[2]
    # No stub stays of a file that is gone.
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    return protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={site_packages}",
            f"--proto_path={pathlib.Path(grpc_tools.__file__).parent / '_proto'}",
            f"--python_out={GENERATED}",
            f"--pyi_out={GENERATED}",
            f"--grpc_python_out={GENERATED}",
            # Not tensorflow/: its clients have stubs of their own, which a folder of that name would hide.
            *sorted(str(path) for name in ("inference", "millrace") for path in (PROTOS / name).rglob("*.proto")),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
