"""Rows are split by a hash, by a column or by time, and by nothing else."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import DataError
from penstock.tables.examples.write import write as write_examples
from penstock.tables.source import open_table
from penstock.tables.splits import by_column, by_hash, by_time, train_eval
from penstock.tables.splitting import assign
from tests.examples import examples

THREE = {"train": 0.7, "eval": 0.2, "test": 0.1}


def named(source, splits, query=None):
    """Return each row with the name of its split."""
    with open_table(str(source), query) as table:
        assigned = assign(splits, table)
        return [(row[:-1], assigned.names[row[-1]]) for row in table.select(f"*, {assigned.sql}")]


def write(path, header, rows):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def refusal(source, splits):
    with pytest.raises(DataError) as caught:
        named(source, splits)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.slow
@settings(max_examples=examples(15), deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), min_size=1, max_size=60), st.randoms())
@pytest.mark.parametrize("key", [None, "a"])
def test_a_key_or_a_duplicate_is_never_in_two_splits_whatever_the_order(tmp_path_factory, key, rows, shuffler):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    before = named(write(path, "a,b", rows), by_hash(THREE, key))
    homes = {}
    for row, split in before:
        homes.setdefault(row[0] if key else row, set()).add(split)
    assert all(len(splits) == 1 for splits in homes.values())
    shuffler.shuffle(rows)
    assert Counter(named(write(path, "a,b", rows), by_hash(THREE, key))) == Counter(before)


@pytest.mark.slow
@settings(max_examples=examples(10), deadline=None)
@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5))
def test_ratios_are_kept_within_bounds(tmp_path_factory, weights):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    ratios = {f"split{number}": weight / sum(weights) for number, weight in enumerate(weights)}
    counts = Counter(split for _, split in named(write(path, "n", ((n,) for n in range(4000))), by_hash(ratios)))
    for name, ratio in ratios.items():
        # Six standard deviations of a binomial count: chance alone does not go there.
        assert abs(counts[name] - 4000 * ratio) <= 6 * (4000 * ratio * (1 - ratio)) ** 0.5 + 1


@pytest.mark.slow
@settings(max_examples=examples(15), deadline=None)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=80), st.randoms())
def test_splits_by_time_are_in_order_and_rows_of_one_time_are_in_one_split(tmp_path_factory, times, shuffler):
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    before = named(write(path, "t", ((time,) for time in times)), by_time(THREE, "t"))
    order = {"train": 0, "eval": 1, "test": 2}
    positions = [order[split] for _, split in sorted(before)]
    assert positions == sorted(positions)
    homes = dict(before)
    assert all(homes[row] == split for row, split in before)
    # Ties go to the newer split, so the oldest never has more than its share.
    assert positions.count(0) <= 0.7 * len(times)
    shuffler.shuffle(times)
    assert Counter(named(write(path, "t", ((time,) for time in times)), by_time(THREE, "t"))) == Counter(before)


@pytest.mark.parametrize(
    "moment", ["n", "TIMESTAMP '2020-01-01' + INTERVAL (n) HOUR", "DATE '2020-01-01' + CAST(n AS INTEGER)"]
)
def test_the_newest_share_evaluates(tmp_path, moment):
    numbers = list(range(1000))
    random.Random(1).shuffle(numbers)
    source = write(tmp_path / "rows.csv", "n", ((number,) for number in numbers))
    found = named(source, by_time({"train": 0.75, "eval": 0.25}, "t"), f"SELECT n, {moment} AS t FROM source")
    assert {row[0] for row, split in found if split == "eval"} == set(range(750, 1000))


def test_a_column_names_the_splits(tmp_path):
    folds = ["test", "eval", "train", "train", "extra-1"]
    source = write(tmp_path / "rows.csv", "n,fold", enumerate(folds))
    assert [split for _, split in named(source, by_column("fold"))] == folds
    with open_table(str(source)) as table:
        assert assign(by_column("fold"), table).names == ("train", "eval", "extra-1", "test")
        counts = write_examples(table, by_column("fold"), tmp_path / "out")
    assert counts == {"train": 2, "eval": 1, "extra-1": 1, "test": 1}
    assert sorted(folder.name for folder in (tmp_path / "out").iterdir()) == [
        *("Split-eval", "Split-extra-1", "Split-test", "Split-train")
    ]


BAD = {
    "an unknown column": (["train,1"], by_column("fol"), ["data.split.column", "'fol'", "did you mean 'fold'"]),
    "an unknown time": (["train,1"], by_time(THREE, "ta"), ["data.split.time", "'ta'", "did you mean 't'"]),
    "a missing split": (["train,1", "test,2"], by_column("fold"), ["train and eval among", "test, train"]),
    "a row without a split": (["train,1", "eval,2", ",3"], by_column("fold"), ["a value in every row", "1 missing"]),
    "a row without a time": (["train,1", "eval,"], by_time(THREE, "t"), ["a value in every row", "IS NOT NULL"]),
    "a name for no folder": (["train,1", "eval,2", "a/b,3"], by_column("fold"), ["line 4", "'a/b'", "letters"]),
    "a name of a count": (["train,1", "eval,2", "source,3"], by_column("fold"), ["line 4", "'source'"]),
    "too many names": ([f"f{n},{n}" for n in range(30)], by_column("fold"), ["at most 20", "more"]),
    "a blank split": (["train,1", "eval,2", "  ,3"], by_column("fold"), ["a value in every row", "1 missing", "trim"]),
    "capitals": (["train,1", "eval,2", "Train,3"], by_column("fold"), ["'Train' for 'train'", 'lower("fold")']),
    "other capitals": (["train,1", "eval,2", "x,3", "X,4"], by_column("fold"), ["for 'X'", "more than capitals"]),
    "few keys": (["a,1", ",2", ",3"], by_hash(THREE, "fold"), ["at least half", "2 missing of 3", "IS NOT NULL"]),
    "text for time": (["train,x"], by_time(THREE, "t"), ["line 2", "data.split.time", "'x'", "epoch seconds"]),
    "a fraction for time": (["train,1.5"], by_time(THREE, "t"), ["data.split.time", "epoch seconds"]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_split_is_refused(tmp_path, name):
    lines, splits, words = BAD[name]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["fold,t", *lines]) + "\n")
    sentence = refusal(path, splits)
    assert [word for word in words if word not in sentence] == [], sentence


def test_the_short_form_splits_as_the_long_one(tmp_path):
    source = write(tmp_path / "rows.csv", "n", ((number,) for number in range(500)))
    assert named(source, train_eval(0.33)) == named(source, by_hash({"train": 0.67, "eval": 0.33}))


def test_an_infinite_time_is_missing(tmp_path):
    source = write(tmp_path / "rows.csv", "n", ((number,) for number in range(20)))
    query = "SELECT CASE WHEN n = 3 THEN 'infinity' ELSE '2020-01-01' END::TIMESTAMP AS t FROM source"
    with pytest.raises(DataError, match="1 missing"):
        named(source, by_time(THREE, "t"), query)


def test_splits_come_from_a_column_of_one_kind_of_name_after_its_own_remedy(tmp_path):
    source = write(tmp_path / "rows.csv", "fold", [("train",), ("eval",), ("Train",)])
    query = 'SELECT * REPLACE (lower("fold") AS "fold") FROM source'
    assert [split for _, split in named(source, by_column("fold"), query)] == ["train", "eval", "train"]


@pytest.mark.parametrize(
    ("rows", "values", "by", "combinations"),
    [
        (1000, 500, "features", None),
        (1000, 101, "features", None),
        (1000, 100, "rows", 100),
        (20_000, 999, "rows", 999),
        (20_000, 1000, "features", None),
    ],
)
def test_features_that_do_not_distinguish_rows_leave_the_split_to_all_columns(tmp_path, rows, values, by, combinations):
    source = write(tmp_path / "rows.csv", "id,a,label", ((n, n % values, n % 2) for n in range(rows)))
    splits = by_hash({"train": 0.7, "eval": 0.3}).of(["a"], "label")
    with open_table(str(source)) as table:
        assigned = assign(splits, table)
    assert (assigned.by, assigned.combinations) == (by, combinations)
    homes = {}
    found = named(source, splits)
    for row, split in found:
        homes.setdefault(row[1], set()).add(split)
    assert all(len(splits) == 1 for splits in homes.values()) == (by == "features")
    assert abs(sum(split == "eval" for _, split in found) / rows - 0.3) < 0.06


def test_rows_without_a_key_are_counted(tmp_path):
    source = write(tmp_path / "rows.csv", "n,k", ((n, "" if n % 2 else f"k{n}") for n in range(100)))
    with open_table(str(source)) as table:
        assigned = assign(by_hash(THREE, "k").of(["n"], "k"), table)
    assert (assigned.by, assigned.without_key) == ("key", 50)


def test_first_rows_of_few_combinations_do_not_decide_for_all(tmp_path):
    source = write(tmp_path / "rows.csv", "a,label", ((max(n - 10_000, 0), n % 2) for n in range(11_500)))
    with open_table(str(source)) as table:
        assigned = assign(by_hash({"train": 0.7, "eval": 0.3}).of(["a"], "label"), table)
    assert assigned.by == "features"
