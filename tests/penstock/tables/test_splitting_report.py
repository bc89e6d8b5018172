"""The report on splits: the rule, and the number of rows of eval that are also in train."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.tables.source import open_table
from penstock.tables.splits import by_column, by_hash, by_time, train_eval
from penstock.tables.splitting import assign, split_report
from tests.examples import examples

FOLDS = ["train", "eval", "test"]


def reported(source, splits, query=None):
    with open_table(str(source), query) as table:
        return split_report(splits, table, assign(splits, table))


def write(path, header, rows):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FOLDS), st.sampled_from("xy "), st.integers(0, 2)), max_size=40))
def test_rows_of_eval_that_are_in_train_are_counted(tmp_path_factory, rows):
    rows = [("train", "x", 0), ("eval", "x", 1), *rows]
    numbered = [(n, fold, a.strip(), label) for n, (fold, a, label) in enumerate(rows)]
    source = write(tmp_path_factory.mktemp("rows") / "rows.csv", "id,fold,a,label", numbered)
    trained = {(a, label) for fold, a, label in rows if fold == "train"}
    expected = sum((a, label) in trained for fold, a, label in rows if fold == "eval")
    assert reported(source, by_column("fold").of(["a"], "label")).repeated == expected


@pytest.mark.parametrize(
    ("splits", "by", "column", "repeated"),
    [
        (train_eval(0.5), "features", None, None),
        (by_time({"train": 0.5, "eval": 0.5}, "t"), "time", "t", 100),
        (train_eval(0.5, "k"), "key", "k", None),
    ],
)
def test_what_decided_is_noted_with_what_was_asked_for(tmp_path, splits, by, column, repeated):
    rows = [(n, f"k{n // 2}", n % 100, 1) for n in range(200)]
    found = reported(write(tmp_path / "rows.csv", "t,k,a,label", rows), splits.of(["a"], "label"))
    assert (found.by, found.column) == (by, column)
    assert found.shares == {"train": 0.5, "eval": 0.5}
    if by == "key":
        assert 0 < found.repeated < 200
    else:
        assert found.repeated == repeated


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("NULL::DOUBLE", "'nan'::DOUBLE"),
        ("1e300", "'inf'::DOUBLE"),
        ("0.1::DOUBLE", "0.1000000001::DOUBLE"),
        ("NULL::VARCHAR", "''"),
        ("TIMESTAMP '2020-01-01 10:00:00.1'", "TIMESTAMP '2020-01-01 10:00:00.9'"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_rows_are_compared_as_an_example_holds_them(tmp_path, first, second):
    source = write(tmp_path / "rows.csv", "n", [(1,), (2,)])
    query = f"""
        SELECT n, CASE n WHEN 1 THEN 'train' ELSE 'eval' END AS fold, true AS label,
          CASE n WHEN 1 THEN {first} ELSE {second} END AS a
        FROM source
    """
    assert reported(source, by_column("fold").of(["a"], "label"), query).repeated == 1


def test_repeated_rows_are_counted_if_the_features_do_not_distinguish_rows(tmp_path):
    source = write(tmp_path / "rows.csv", "id,a,label", ((n, n % 4, 0) for n in range(400)))
    found = reported(source, by_hash({"train": 0.5, "eval": 0.5}).of(["a"], "label"))
    assert (found.by, found.combinations) == ("rows", 4)
    assert 100 < found.repeated < 300


def test_without_features_nothing_is_compared(tmp_path):
    source = write(tmp_path / "rows.csv", "fold,a", [("train", 1), ("eval", 1)])
    assert reported(source, by_column("fold")).repeated is None
