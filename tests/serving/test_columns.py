"""A file's columns and a model's inputs: which is which, and what is said of those that are not there."""

import pytest

from modules.features import served_name, served_names
from pipeline.errors import DataError
from serving.columns import locate


def found(inputs, names):
    return locate(inputs, names, table="rows.csv", reader="version 3")


def test_inputs_are_found_by_name_wherever_they_stand():
    assert found(["a", "b"], ["x", "b", "a"]) == {"a": 2, "b": 1}


def test_inputs_are_found_by_the_name_that_tensorflow_made():
    assert found(["unit_price", "arg_1st"], ["1st", "unit price"]) == {"unit_price": 1, "arg_1st": 0}


def test_column_of_the_very_name_comes_before_one_that_was_changed_into_it():
    assert found(["unit_price"], ["unit_price", "unit price"]) == {"unit_price": 0}


def test_inputs_are_found_by_names_that_had_to_be_spelled():
    columns = ["收入", "a_b", "a b", "年龄"]
    inputs = list(served_names(columns).values())
    assert found(inputs, columns) == dict(zip(inputs, range(4), strict=True))


def test_all_missing_columns_are_named_with_the_nearest_spare_name():
    with pytest.raises(DataError) as caught:
        found(["color", "count", "price"], ["Colour", "counts", "price", "Count"])
    assert str(caught.value) == (
        "rows.csv: expected the 3 columns that version 3 reads, received no 'color' (did you mean 'Colour'?), "
        "no 'count' (did you mean 'Count'?); add or rename the columns."
    )


@pytest.mark.parametrize(
    ("column", "served"),
    [
        ("fare", "fare"),
        ("unit price", "unit_price"),
        ("1st", "arg_1st"),
        ("_x", "arg__x"),
        ("größe", "gr__e"),
        ("m²", "m_"),
        ("class", "arg_class"),
    ],
)
def test_served_names_are_identifiers(column, served):
    assert served_name(column) == served


def test_no_two_columns_are_served_by_one_name():
    assert served_names(["a b", "a_b", "a.b", "c d", "年龄", "收入", "größe"]) == {
        "a b": "au0020b",
        "a_b": "a_b",
        "a.b": "au002eb",
        "c d": "c_d",
        "年龄": "u5e74u9f84",
        "收入": "u6536u5165",
        "größe": "gr__e",
    }
