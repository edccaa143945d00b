"""perf_analyzer, Triton's load generator: its sweeps run to their end and count answers. Times are not looked at."""

import csv
import os
import subprocess

import pytest

SECONDS = 60
CALLERS = [1, 2, 4]


@pytest.fixture
def sweep(tmp_path):
    def run(*arguments):
        """The answers in a second that it counted, by the number of callers."""
        report = tmp_path / "report.csv"
        done = subprocess.run(
            [
                os.environ["PERF_ANALYZER"],
                "--concurrency-range", f"{CALLERS[0]}:{CALLERS[-1]}:2",
                "--measurement-mode", "count_windows", "--measurement-request-count", "20",
                # Any two windows will do: this is no measurement.
                "--stability-percentage", "999", "--max-trials", "5",
                "-f", report, *arguments,
            ],
            capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        with report.open() as rows:
            return {int(row["Concurrency"]): float(row["Inferences/Second"]) for row in csv.DictReader(rows)}

    return run


@pytest.mark.parametrize(
    "protocol", [["-i", "grpc"], ["-i", "grpc", "--streaming"], ["-i", "grpc", "-a"], ["-i", "http"], ["-i", "http", "-a"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize(
    "model", [["-m", "together", "-b", "2"], ["-m", "alone", "--shape", "x:3,2"], ["-m", "texts", "--shape", "text:2"]],
    ids=lambda model: model[1],
)  # fmt: skip
def test_a_sweep_runs_to_its_end_and_counts_answers(sweep, rest, protocol, model):
    rates = sweep("-u", rest, *protocol, *model)
    assert sorted(rates) == [1, 3]
    assert min(rates.values()) > 0


def test_a_sweep_directly_by_grpc(sweep):
    rates = sweep("-u", os.environ["MILLRACE_GRPC"], "-i", "grpc", "-m", "together")
    assert min(rates.values()) > 0
