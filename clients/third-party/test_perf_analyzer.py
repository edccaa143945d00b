"""perf_analyzer, Triton's load generator: its sweeps run to their end and count answers. Times are not looked at."""

import csv
import os
import subprocess

import pytest

SECONDS = 60
TOGETHER = ["-m", "together", "-b", "2"]


@pytest.fixture
def sweep(tmp_path):
    def run(address, *arguments, callers="1"):
        """The answers in a second that it counted, by the number of callers."""
        report = tmp_path / "report.csv"
        done = subprocess.run(
            [
                os.environ["PERF_ANALYZER"], "-u", address, "--concurrency-range", callers,
                "--measurement-mode", "count_windows", "--measurement-request-count", "20",
                # Any windows will do: this is no measurement.
                "--stability-percentage", "999", "--max-trials", "5",
                "-f", report, *arguments,
            ],
            capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        # What it was called wrongly for comes first, followed by pages of help.
        assert done.returncode == 0, (done.stdout + done.stderr)[:2000]
        with report.open() as rows:
            return {int(row["Concurrency"]): float(row["Inferences/Second"]) for row in csv.DictReader(rows)}

    return run


@pytest.mark.parametrize(
    "protocol", [["-i", "grpc"], ["-i", "grpc", "-a"], ["-i", "grpc", "--streaming"], ["-i", "http"], ["-i", "http", "-a"]],
    ids=" ".join,
)  # fmt: skip
def test_a_sweep_counts_answers_for_each_number_of_callers(sweep, rest, protocol):
    rates = sweep(rest, *TOGETHER, *protocol, callers="1:4:3")
    assert sorted(rates) == [1, 4]
    assert min(rates.values()) > 0


@pytest.mark.parametrize(
    "way",
    [
        ["-m", "alone", "--shape", "x:3,2", "-i", "grpc", "--streaming"],
        ["-m", "texts", "--shape", "text:2", "-i", "grpc"],
        ["-m", "texts", "--shape", "text:2", "-i", "http"],
        # Their inputs are nothing but rows, which are told like any other dimension that is open.
        ["-m", "sentiment", "--shape", "text:1", "-i", "grpc"],
        ["-m", "sentiment", "--shape", "text:1", "-i", "http"],
        ["-m", "identity-fp32", "--shape", "x:4", "-i", "grpc"],
        ["-m", "identity-fp32", "--shape", "x:4", "-i", "http"],
        # Of one row: of more it sends as JSON only the first one's values.
        ["-m", "alone", "--shape", "x:1,2", "-i", "http", "--input-tensor-format", "json", "--output-tensor-format", "json"],
        [*TOGETHER, "-i", "grpc", "--grpc-compression-algorithm", "gzip"],
        [*TOGETHER, "-i", "grpc", "--grpc-compression-algorithm", "deflate"],
        # Without the statistics, which TensorFlow Serving does not have.
        ["-m", "alone", "--shape", "x:3,2", "-i", "grpc", "--service-kind", "tfserving"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_answers_are_counted_for_models_and_messages_of_other_kinds(sweep, rest, way):
    assert sweep(rest, *way)[1] > 0


def test_answers_are_counted_without_envoy(sweep):
    assert sweep(os.environ["MILLRACE_GRPC"], *TOGETHER, "-i", "grpc")[1] > 0
