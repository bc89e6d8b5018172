"""The match of a file's columns with a model's inputs, and the errors for missing columns."""

from dataclasses import replace

import pytest

from penstock.core.errors import DataError
from penstock.core.features import served_name, served_names
from penstock.serving.model.casting import match_columns
from penstock.tables.values.interpretation import ColumnFormat
from tests.penstock.serving.documents import document, document_of_kinds, wanted


def found(columns, names):
    return {
        each.input.name: each.column for each in match_columns(columns, names, table="rows.csv", reader="version 3")
    }


def of(*names):
    served = served_names(names)
    return document(*(wanted(name, "number", input=served[name]) for name in names))


def test_inputs_match_by_name_in_any_order():
    assert found(of("a", "b"), ["x", "b", "a"]) == {"a": "a", "b": "b"}


def test_name_of_a_column_has_priority_over_its_name_in_the_signature():
    names = ["收入", "a_b", "a b", "年龄"]
    assert found(of(*names), names) == dict(zip(names, names, strict=True))


def test_column_is_found_by_the_name_that_its_input_has_in_the_signature():
    assert found(of("unit price"), ["unit_price"]) == {"unit price": "unit_price"}


def test_column_of_another_name_does_not_match_by_its_name_in_tensorflow():
    with pytest.raises(DataError, match=r"no 'a_b' \(did you mean 'a b'\?\)"):
        found(of("a_b"), ["a b"])


def test_renamed_column_is_found_by_either_name_and_not_by_both():
    columns = document(wanted("price", "number", source="fare"))
    assert found(columns, ["fare", "x"]) == {"price": "fare"}
    assert found(columns, ["price", "x"]) == {"price": "price"}
    with pytest.raises(DataError) as caught:
        found(columns, ["price", "fare"])
    assert str(caught.value) == (
        "rows.csv: expected one column for 'price', which version 3 reads, received 'fare' and 'price'; "
        "rename or drop one of them."
    )


def test_names_that_the_query_exchanges_are_those_of_the_source():
    columns = document(wanted("a", "number", source="b"), wanted("b", "number", source="a"))
    assert found(columns, ["a", "b"]) == {"a": "b", "b": "a"}


def test_one_column_may_be_two_inputs():
    columns = document(wanted("x", "number", source="a"), wanted("y", "number", source="a"))
    assert found(columns, ["a"]) == {"x": "a", "y": "a"}


TOTAL = wanted(
    "total", "DOUBLE", "numeric", source=None, sql="(penstock_column_0 + penstock_column_1)",
    needs=(ColumnFormat("fare", "number", "DOUBLE"), ColumnFormat("tip", "number", "DOUBLE")),
)  # fmt: skip


def of_computed(names, *, name="total"):
    columns = document(replace(TOTAL, name=name), sources=["fare", "tip"])
    [located] = match_columns(columns, names, table="rows.csv", reader="version 3")
    return located.is_computed, located.replaces_computation


def test_input_is_computed_if_the_file_has_the_needed_columns_and_read_otherwise():
    assert of_computed(["fare", "tip"]) == (True, False)
    assert of_computed(["fare", "tip", "total"]) == (True, False)
    assert of_computed(["fare", "total"]) == (False, True)
    with pytest.raises(DataError, match="no 'total'"):
        of_computed(["fare"])


def test_input_that_replaces_a_column_is_always_computed():
    assert of_computed(["fare", "tip"], name="fare") == (True, False)
    with pytest.raises(DataError, match="no 'tip'"):
        of_computed(["fare"], name="fare")


def test_inputs_of_a_model_without_a_document_match_by_their_names_in_tensorflow():
    assert found(document_of_kinds(unit_price="number", arg_1st="text"), ["1st", "unit price"]) == {
        "unit_price": "unit price",
        "arg_1st": "1st",
    }
    names = ["收入", "a_b", "a b", "年龄"]
    inputs = dict.fromkeys(served_names(names).values(), "number")
    assert found(document_of_kinds(**inputs), names) == dict(zip(inputs, names, strict=True))


def test_two_columns_with_one_name_in_tensorflow_are_refused():
    with pytest.raises(DataError, match="one column for 'a_b'.* received 'a b' and 'a-b'"):
        found(document_of_kinds(a_b="number"), ["a b", "a-b"])


def test_exact_name_has_priority_over_a_changed_one():
    assert found(document_of_kinds(unit_price="number"), ["unit_price", "unit price"]) == {"unit_price": "unit_price"}


def test_all_missing_columns_are_named_with_the_nearest_unmatched_name():
    with pytest.raises(DataError) as caught:
        found(of("color", "count", "price"), ["Colour", "counts", "price", "Count"])
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
