"""`penstock compare`: what it prints, and its exit code."""

import json

import pytest

from pipeline.cli.text.columns import clip
from tests.pipeline.cli.command import penstock
from tests.pipeline.comparison import recorded
from tests.pipeline.comparison.recorded import RUN, RecordedRun

WITHOUT_TENSORFLOW = """
import os, sys
leave = os._exit
os._exit = lambda code: leave(9 if "tensorflow" in sys.modules else code)
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return a run that no test changes."""
    return RecordedRun(tmp_path_factory.mktemp("original") / "project")


@pytest.mark.slow
def test_equal_runs_have_exit_code_zero_and_no_tensorflow_is_imported(original, tmp_path):
    other = original.copied(tmp_path / "other", recorded.deal_rows_again, "examples")
    done = penstock(original.config.root, "compare", RUN, f"{other}:latest", program=WITHOUT_TENSORFLOW)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"A  {RUN}: pushed version 1",
        clip(f"B  {RUN}: pushed version 1, in {other}"),
        "",
        "examples    equal      6 rows in 2 splits, in other files or another order",
        "statistics  identical  the same bytes",
        "schema      identical  the same bytes",
        "transform   identical  the same bytes",
        "model       identical  the same bytes",
        "metrics     identical  1 metric, 10 slices",
        "verdict     identical  blessed, 1 of 2 thresholds passed",
        "",
        "Metric       A       B  Difference",
        "auc     0.9500  0.9500           0",
        "",
        "Equal within a tolerance of 1e-06.",
    ]


def test_different_runs_have_exit_code_one_and_lines_of_eighty_columns(original, tmp_path):
    other = original.copied(tmp_path / "other", recorded.set_flag, "schema")
    recorded.remove_row(other / original.folders["examples"].relative_to(original.config.state_folder))
    done = penstock(original.config.root, "compare", "latest", f"{other}:{RUN}")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "schema      different  1 of 3 features and domains" in lines
    assert " " * 23 + "feature, tip, presence, min_fraction: 1 and 0.5" in lines
    assert "examples    unknown    in B damaged: " in done.stdout
    assert lines[-1] == "Different: schema. Cannot be compared: examples. Tolerance: 1e-06."


@pytest.mark.slow
def test_json_is_one_object_with_every_part_and_metric(original, tmp_path):
    other = original.copied(tmp_path / "other", lambda place: recorded.change_metric(place, 1e-4), "verdict")
    words = ("compare", RUN, f"{other}:{RUN}", "--json", "--tolerance")
    done = penstock(original.config.root, *words, "1e-3")
    found = json.loads(done.stdout)
    assert (done.returncode, found["equal"], found["tolerance"]) == (0, True, 1e-3)
    assert (found["a"]["run_id"], found["b"]["folder"]) == (RUN, str(other))
    assert found["parts"]["metrics"]["level"] == "close"
    assert found["parts"]["metrics"]["difference"] == pytest.approx(1.05e-4, rel=0.01)
    assert found["metrics"]["auc"]["difference"] == pytest.approx(1e-4)
    assert (found["settings"], found["code"]) == ([], [])
    done = penstock(original.config.root, *words, "1e-5")
    found = json.loads(done.stdout)
    assert (done.returncode, found["equal"], found["parts"]["metrics"]["level"]) == (1, False, "different")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((RUN, "1999"), "run 1999: expected the name of a run, received none of 1"),
        ((RUN, "nowhere:latest"), "run nowhere:latest: expected the folder of a project"),
        ((RUN, RUN, "--config", "none.toml"), "no configuration none.toml"),
        ((RUN,), "Missing argument 'RUN_B'"),
        ((RUN, RUN, "--tolerance", "-1"), "Invalid value for '--tolerance'"),
        ((RUN, RUN, "--tolerance", "nan"), "Invalid value for '--tolerance'"),
        ((RUN, RUN, "--tolerance", "inf"), "--tolerance inf: expected a finite number"),
    ],
)
def test_bad_arguments_have_exit_code_two(original, words, sentence):
    done = penstock(original.config.root, "compare", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_store_that_is_no_database_is_refused(original, tmp_path):
    (tmp_path / "metadata.sqlite").write_text("no database at all")
    done = penstock(original.config.root, "compare", RUN, f"{tmp_path}:latest")
    assert done.returncode == 2
    assert "expected an SQLite file that can be read" in done.stderr
