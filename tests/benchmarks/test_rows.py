"""Larger tables from the bundled rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.rows import SHIFT_SECONDS, STRETCH, vary, write_rows

HEAD = "fare,tips,trip_miles,trip_seconds,trip_start_timestamp,company\n"
LINES = [
    '12.45,3,1.5,300,1400269500,"A, B"\n',
    ",0,,0,1362683700,\n",
    "10,2,0,,1362683700,C\n",
    "10,2.01,4,60,1362683700,C\n",
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source.csv"
    file.write_text(HEAD + "".join(LINES))
    return file


def written(source: Path, count: int, **seed: int) -> str:
    target = source.with_name("target.csv")
    write_rows(source, target, count, **seed)
    return target.read_text()


def test_table_of_the_source_s_own_size_is_the_source(source):
    assert written(source, len(LINES)) == source.read_text()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 11])
def test_table_has_the_rows_that_were_asked_for_and_one_head(source, count):
    lines = written(source, count).splitlines(keepends=True)
    assert lines[0] == HEAD
    assert len(lines) == count + 1
    assert HEAD not in lines[1:]


def test_same_seed_gives_the_same_rows_and_another_seed_others(source):
    assert written(source, 40) == written(source, 40)
    assert written(source, 40) != written(source, 40, seed=21)


def test_repetitions_differ_from_the_source_and_from_each_other(source):
    lines = written(source, 40).splitlines()[1:]
    assert len(set(lines)) == len(lines)


def test_changed_rows_stay_near_their_own_and_what_is_missing_stays_missing(source):
    table = pd.read_csv(source, dtype=str, keep_default_na=False)
    changed = vary(table, np.random.default_rng(1))
    for name in ("fare", "tips", "trip_miles", "trip_seconds"):
        before, after = pd.to_numeric(table[name]), pd.to_numeric(changed[name])
        rounding = 0.5 if name == "trip_seconds" else 0.005
        assert (before.isna() == after.isna()).all()
        assert ((before - after).abs().fillna(0) <= before.fillna(0) * STRETCH + rounding).all()
    shift = pd.to_numeric(changed["trip_start_timestamp"]) - pd.to_numeric(table["trip_start_timestamp"])
    assert shift.abs().max() <= SHIFT_SECONDS
    assert changed["company"].equals(table["company"])


def test_no_label_changes_even_where_the_tip_is_exactly_the_bound(source):
    table = pd.read_csv(source, dtype=str, keep_default_na=False)
    for seed in range(50):
        changed = vary(table, np.random.default_rng(seed)).apply(pd.to_numeric, errors="coerce")
        assert (changed["tips"] > 0.2 * changed["fare"]).tolist() == [True, False, False, True]


def test_table_that_could_not_be_written_leaves_nothing_under_its_name(source, tmp_path):
    source.write_text("fare\n1\n")
    with pytest.raises(KeyError):
        write_rows(source, tmp_path / "out" / "target.csv", 5)
    assert not (tmp_path / "out" / "target.csv").exists()
