"""The proposed schema: the types of the examples, and bounds with slack for ordinary new rows."""

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.proposal.roles import Choice, choose
from penstock.proposal.schema import schema_text, type_of
from penstock.proposal.task import choose_task
from tests.penstock.proposal.proposals import column, label, text
from tests.penstock.proposal.test_toml import proposal


def schema(*columns, known=None, **facts):
    choices = choose(columns)
    known = known or label()
    made = proposal(*choices, profiles={c.name: c for c in columns}, label=known, task=choose_task(known), **facts)
    written = schema_text(made)
    return text_format.Parse(written, schema_pb2.Schema()), written


def feature(known, **facts):
    found, written = schema(known, **facts)
    return found.feature[0], written


@pytest.mark.parametrize(
    ("kind", "type_name", "expected"),
    [
        ("boolean", "BOOLEAN", "INT"),
        ("integer", "BIGINT", "INT"),
        ("timestamp", "DATE", "INT"),
        ("number", "DOUBLE", "FLOAT"),
        ("number", "DECIMAL(8,2)", "FLOAT"),
        ("number", "DECIMAL(38,0)", "INT"),
        ("text", "VARCHAR", "BYTES"),
        ("bytes", "BLOB", "BYTES"),
        ("list", "DOUBLE[]", "FLOAT"),
        ("list", "BIGINT[3]", "INT"),
        ("list", "VARCHAR[]", "BYTES"),
        ("nested", '"NULL"', "FLOAT"),
    ],
)
def test_a_type_is_that_of_the_examples(kind, type_name, expected):
    assert schema_pb2.FeatureType.Name(type_of(kind, type_name)) == expected


def test_numbers_have_room_beyond_their_range():
    found, written = feature(column(kind="number", type="DOUBLE", low=2.0, high=12.0))
    assert (found.float_domain.min, found.float_domain.max) == (0, pytest.approx(112, rel=0.01))
    assert "# From 2 to 12 now; allowed is 10 times that width beyond." in written
    found, _ = feature(column(low=-5, high=5))
    assert (found.int_domain.min, found.int_domain.max) == (-105, 105)


def test_numbers_that_are_too_large_have_no_range():
    assert not feature(column(low=0, high=2**60))[0].HasField("int_domain")
    assert not feature(column(kind="number", type="DOUBLE", low=0, high=1e37))[0].HasField("float_domain")


def test_values_of_a_category_are_listed_and_new_ones_tolerated():
    found, _ = feature(text(distinct=2, values=("b", 'a"\n')))
    assert list(found.string_domain.value) == ['a"\n', "b"]
    assert found.distribution_constraints.min_domain_mass == pytest.approx(0.9)
    found, written = feature(text(distinct=300))
    assert not found.HasField("string_domain")
    assert "300 values: too many to list" in written


@pytest.mark.parametrize(("present", "least"), [(1000, 0.95), (500, 0.36), (20, 0), (0, 0)])
def test_values_may_be_missing_a_little_more_than_now(present, least):
    found, _ = feature(column(present=present, low=0, high=90))
    assert found.presence.min_fraction == pytest.approx(least, abs=0.01)
    assert found.HasField("presence") == bool(least)


def test_values_that_are_infinite_in_an_example_are_missing_there():
    found, _ = feature(column("big", rows=1000, present=1000, infinite=400))
    assert found.presence.min_fraction == pytest.approx(0.46, abs=0.01)


def test_a_column_that_is_left_out_is_in_the_schema_without_checks():
    found, written = feature(column("id", low=1, high=1000, distinct=1000))
    assert [each.name for each, _ in found.ListFields()] == ["name", "type"]
    assert "# Left out: identifier" in written
    found, _ = feature(text(present=0, distinct=0))
    assert found.lifecycle_stage == schema_pb2.DISABLED
    assert [each.name for each in schema(dropped())[0].feature] == ["label"]


def dropped():
    return column(kind="nested", type="STRUCT(a INTEGER)", fault="a struct")


@pytest.mark.parametrize(
    ("known", "kind", "domain"),
    [
        (label(), "INT", (0, 1)),
        (label("boolean", "BOOLEAN", ((True, 5), (False, 5))), "INT", (0, 1)),
        (label("number", "DOUBLE", ((1.0, 9), (5.0, 9), (2.0, 9))), "INT", (1, 5)),
        (label("integer", "BIGINT", ((1, 9), (5, 9), (2, 9))), "INT", (1, 5)),
        (label("number", "DOUBLE", ((1.5, 9), (5.0, 9), (2.0, 9))), "FLOAT", None),
        (label(counts=(("a", 9), ("b", 9), ("c", 9))), "BYTES", ["a", "b", "c"]),
    ],
)
def test_a_label_is_in_every_row_but_when_the_model_is_served(known, kind, domain):
    found, _ = schema(column(low=0, high=9), known=known)
    made = found.feature[-1]
    assert (made.name, schema_pb2.FeatureType.Name(made.type), made.presence.min_fraction) == ("label", kind, 1)
    assert list(made.not_in_environment) == ["SERVING"]
    assert list(found.default_environment) == ["TRAINING", "SERVING"]
    if isinstance(domain, list):
        assert list(made.string_domain.value) == domain
    elif domain:
        assert (made.int_domain.min, made.int_domain.max) == domain
    else:
        assert not made.HasField("int_domain")


def test_a_weight_is_in_every_row_but_when_the_model_is_served():
    weight = column("w", "number", "DOUBLE")
    made = proposal(Choice("x", "numeric", ""), profiles={"x": column("x"), "w": weight}, weight="w")
    found = text_format.Parse(schema_text(made), schema_pb2.Schema()).feature[-1]
    assert (found.name, schema_pb2.FeatureType.Name(found.type), found.presence.min_fraction) == ("w", "FLOAT", 1)
    assert list(found.not_in_environment) == ["SERVING"]


def test_a_single_value_may_be_missing_and_a_list_has_its_length():
    found, _ = feature(column(low=0, high=90))
    assert (found.value_count.min, found.value_count.max, found.HasField("shape")) == (1, 1, False)
    choice = Choice("v", "vector[3]", "lists of 3 numbers")
    vector = column("v", "list", "DOUBLE[]", length=3)
    [made, _] = text_format.Parse(schema_text(proposal(choice, profiles={"v": vector})), schema_pb2.Schema()).feature
    assert (made.value_count.min, made.value_count.max) == (3, 3)
