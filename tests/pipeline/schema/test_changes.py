"""Changes of a schema: with the change of a column TFDV finds no anomaly in it."""

import pytest

pytestmark = pytest.mark.slow

SCHEMA = """
feature { name: "miles" type: FLOAT presence { min_fraction: 1.0 min_count: 1 } float_domain { min: 0 max: 5 } }
feature { name: "paid" type: BYTES domain: "kinds" presence { min_fraction: 1.0 min_count: 1 } }
feature { name: "tip" type: INT presence { min_fraction: 1.0 min_count: 1 } not_in_environment: "SERVING" }
string_domain { name: "kinds" value: "card" }
default_environment: "TRAINING" default_environment: "SERVING"
"""
GOOD = {"miles": [1.5, 2.5] * 5, "paid": ["card"] * 10, "tip": [0, 1] * 5}


def schema():
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    return text_format.Parse(SCHEMA, schema_pb2.Schema())


def statistics(**columns):
    import pandas as pd
    import tensorflow_data_validation as tfdv

    table = {name: values for name, values in {**GOOD, **columns}.items() if values is not None}
    return tfdv.generate_statistics_from_dataframe(pd.DataFrame(table))


def changes(*given, environment="TRAINING"):
    from pipeline.schema.changes import changes as found

    return {each.column: each for each in found(schema(), list(given), environment)}


def test_data_that_matches_the_schema_needs_no_change():
    assert changes(statistics(), statistics()) == {}


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("paid", ["cash"] * 10, "ENUM_TYPE_UNEXPECTED_STRING_VALUES"),
        ("paid", [None, *["card"] * 9], "FEATURE_TYPE_LOW_FRACTION_PRESENT"),
        ("paid", [1] * 10, "UNEXPECTED_DATA_TYPE"),
        ("paid", None, "SCHEMA_MISSING_COLUMN"),
        ("miles", [9.5] * 10, "BIG_FLOAT"),
        ("miles", ["far"] * 10, "UNEXPECTED_DATA_TYPE"),
        ("new.col umn", ["x"] * 10, "SCHEMA_NEW_COLUMN"),
        ("tip", [0.5] * 10, "UNEXPECTED_DATA_TYPE"),
    ],
)
def test_change_of_one_column_allows_its_data(column, values, kind):
    import tensorflow_data_validation as tfdv

    from pipeline.schema.changes import applied

    given = statistics(**{column: values})
    found = changes(given)
    assert list(found) == [column]
    assert any(kind in each for each in found[column].kinds), found[column].kinds
    changed = applied(schema(), found.values())
    assert not tfdv.validate_statistics(given, changed, environment="TRAINING").anomaly_info
    untouched = {each.name: each for each in changed.feature if each.name != column}
    assert untouched == {each.name: each for each in schema().feature if each.name != column}


def test_label_keeps_its_environment_when_its_type_changes():
    assert list(changes(statistics(tip=[0.5] * 10))["tip"].feature.not_in_environment) == ["SERVING"]


def test_values_of_all_splits_are_allowed_together():
    found = changes(statistics(paid=["cash"] * 10), statistics(paid=["coin"] * 10))
    assert set(found["paid"].domain.value) == {"card", "cash", "coin"}


def test_missing_label_is_a_difference_in_training_alone():
    assert list(changes(statistics(tip=None))) == ["tip"]
    assert changes(statistics(tip=None), environment="SERVING") == {}
