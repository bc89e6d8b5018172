"""The document of a pushed model: it is read, or one sentence reports its fault."""

import json
from dataclasses import replace

import pytest

from penstock.core.errors import ConfigError
from penstock.serving.model.document import FILE, load
from penstock.tables.values.interpretation import ColumnFormat, Interpretation, Result

SOURCE = Interpretation(
    (
        ColumnFormat("day", "%m/%d/%Y", "DATE", ("never",)),
        ColumnFormat("fare", "number", "DOUBLE"),
        ColumnFormat("paid", "boolean", "BOOLEAN"),
    ),
    ";",
    (Result("day", "DATE", "day"), Result("price", "DOUBLE", "fare"), Result("hour", "BIGINT")),
)


def feature(name, role, **rest):
    empty = dict.fromkeys(("width", "vocabulary", "unseen", "low", "high"))
    return {"name": name, "role": role, "input": name, **empty, **rest}


def content(**changes):
    features = [feature("day", "timestamp"), feature("price", "numeric", low=0, high=9.5), feature("hour", "numeric")]
    return {"version": 1, "interpretation": SOURCE.as_dict(), "features": features, **changes}


def write(folder, content):
    file = folder / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_columns_are_those_of_the_source_or_computed(tmp_path):
    found = load(write(tmp_path, content()))
    assert [(each.name, each.source, each.column.format, each.role) for each in found.inputs] == [
        ("day", "day", "%m/%d/%Y", "timestamp"),
        ("price", "fare", "number", "numeric"),
        ("hour", None, "typed", "numeric"),
    ]
    assert found.inputs[0].column.missing == ("never",)
    assert (found.inputs[1].low, found.inputs[1].high) == (0, 9.5)
    assert found.inputs[2].column.type == "BIGINT"
    assert (found.delimiter, found.sources) == (";", {"day", "fare", "paid"})


def test_computed_input_has_the_columns_that_it_needs(tmp_path):
    made = Result("hour", "BIGINT", None, "(penstock_column_0 * 2)", ("fare",))
    source = replace(SOURCE, results=(*SOURCE.results[:2], made))
    found = load(write(tmp_path, content(interpretation=source.as_dict())))
    assert [(each.sql, each.needs) for each in found.inputs] == [
        (None, ()),
        (None, ()),
        ("(penstock_column_0 * 2)", (ColumnFormat("fare", "number", "DOUBLE"),)),
    ]


def test_model_without_the_file_has_no_document(tmp_path):
    assert load(tmp_path) is None
    assert load(write(tmp_path, content(interpretation=None))) is None


WHOLE = json.dumps(content())


@pytest.mark.parametrize(
    ("content", "received"),
    [
        ("", "JSONDecodeError"),
        (WHOLE[: len(WHOLE) // 2], "JSONDecodeError"),
        ("\x00" * 40, "JSONDecodeError"),
        ("[]", "None"),
        ("null", "None"),
        ("{}", "None"),
        (content(version=2), "2"),
        (content(version="1"), "'1'"),
        (content(interpretation={**SOURCE.as_dict(), "version": 7}), "7"),
        (content(interpretation={"version": 1}), "other fields"),
        (content(interpretation={"version": 1, "columns": 1, "delimiter": None, "results": []}), "other fields"),
        (content(interpretation=[1]), "interpretation: input should be a valid dictionary"),
        (content(features=[{"name": "day"}]), "features.0.role: field required"),
        (content(features=[feature("other", "numeric")]), "KeyError: 'other'"),
        (content(features={"a": 1}), "features: input should be a valid list"),
        (content(features=[feature("price", "numeric", low="x")]), "features.0.low: input should be a valid number"),
    ],
)
def test_damaged_document_is_one_sentence(tmp_path, content, received):
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, content))
    assert f"received {received}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "push" in str(caught.value)


def test_document_that_is_not_text_is_one_sentence(tmp_path):
    write(tmp_path, "")
    (tmp_path / FILE).write_bytes(b"\xff\xfe{}")
    with pytest.raises(ConfigError, match="received UnicodeDecodeError"):
        load(tmp_path)


def test_range_is_that_of_the_schema_else_ten_times_as_wide_as_the_statistics(tmp_path):
    from tensorflow_metadata.proto.v0 import statistics_pb2

    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = statistics.datasets.add()
    for name in ("price", "hour"):
        found = dataset.features.add(name=name).num_stats
        found.min, found.max, found.common_stats.num_non_missing = 0.0, 24.0, 5
    write(tmp_path, content())
    (tmp_path / "assets.extra" / "statistics.pb").write_bytes(statistics.SerializeToString())
    found = load(tmp_path)
    assert [(each.low, each.high) for each in found.inputs] == [(None, None), (0, 9.5), (-240, 264)]


def test_damaged_statistics_are_one_sentence(tmp_path):
    write(tmp_path, content())
    (tmp_path / "assets.extra" / "statistics.pb").write_bytes(b"no statistics")
    with pytest.raises(ConfigError, match=r"statistics\.pb: expected the statistics of the training"):
        load(tmp_path)
