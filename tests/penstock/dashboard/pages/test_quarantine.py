"""The page of the quarantine."""

import csv
import json

import pytest

from penstock.dashboard.pages import quarantine
from penstock.dashboard.sources import Shown, Sources
from tests.metadata_store import ROWS, StoreBuilder, configuration


@pytest.fixture
def builder(tmp_path):
    (tmp_path / "quarantine").mkdir()
    return StoreBuilder(configuration(tmp_path, "data.quarantine=quarantine"))


def found(builder):
    return quarantine.quarantined(Sources.of([Shown(builder.config)]).find("taxi"))


def write(builder, name, *rows):
    with (builder.config.path("quarantine") / name).open("w", newline="") as stream:
        csv.writer(stream).writerows([["file", "line", "text", "reason"], *rows])


def with_rows(builder, run, count):
    rows = json.dumps({"source": 100, "train": 67, "eval": 33, "quarantined": count})
    builder.node(run, "ExampleGen", outputs={"examples": ("Examples", {**ROWS, "rows": rows})})


def test_rows_are_counted_by_reason_with_the_runs_that_left_them_out(builder):
    with_rows(builder, "run-1", 3)
    with_rows(builder, "run-2", 0)
    rows = [("a.csv", str(line), f"x,{line}\u2028\n", "2 values") for line in (3, 4)]
    write(builder, f"{'d' * 16}.csv", *rows, ("a.csv", "9", "y" * 400, "quotes"))
    [each] = found(builder)
    assert ([run.id for run in each.runs], each.count) == (["run-1"], 3)
    assert each.reasons == (("2 values", 2), ("quotes", 1))
    assert (each.examples[0].line, each.examples[0].text) == ("3", "x,3\u2028\n")
    assert (len(each.examples[2].text), each.is_whole) == (300, True)


def test_large_file_is_read_in_part(builder, monkeypatch):
    write(builder, "a.csv", *[("a.csv", str(line), "x" * 50, "long") for line in range(100)])
    monkeypatch.setattr(quarantine, "_MOST_BYTES", 1000)
    [each] = found(builder)
    assert (each.is_whole, each.count, len(each.examples)) == (False, None, 14)


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"a,b\n1,2\n"])
def test_file_that_is_none_of_the_quarantine_is_said(builder, content):
    (builder.config.path("quarantine") / "a.csv").write_bytes(content)
    [each] = found(builder)
    assert "its first line is not that of a quarantine" in each.fault


def test_file_that_was_removed_is_said(builder):
    with_rows(builder, "run-1", 3)
    [each] = found(builder)
    assert "cannot be read: no such file" in each.fault


def test_value_that_is_long_is_read(builder):
    write(builder, "a.csv", ("a.csv", "1", "x" * 200_000, "long"))
    [each] = found(builder)
    assert each.fault == ""
    assert len(each.examples) == 1
