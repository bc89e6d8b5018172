"""Environments: the label is absent when serving, and a schema's own are left as they are."""

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.environments import with_environments

COLUMNS = 'feature { name: "miles" } feature { name: "tip" %s }'


def schema(of_label="", rest=""):
    return text_format.Parse(COLUMNS % of_label + rest, schema_pb2.Schema())


def test_label_is_left_out_when_serving():
    given = schema()
    found = with_environments(given, "tip")
    assert list(found.default_environment) == ["TRAINING", "SERVING"]
    assert {each.name: list(each.not_in_environment) for each in found.feature} == {"miles": [], "tip": ["SERVING"]}
    assert given == schema()


@pytest.mark.parametrize(
    ("of_label", "rest"),
    [('not_in_environment: "LIVE"', 'default_environment: "LIVE"'), ("", 'default_environment: "A"')],
)
def test_environments_that_a_person_wrote_are_left_as_they_are(of_label, rest):
    assert with_environments(schema(of_label, rest), "tip") == schema(of_label, rest)


def test_label_with_environments_of_its_own_keeps_them():
    found = with_environments(schema('in_environment: "TRAINING"'), "tip")
    assert list(found.feature[1].not_in_environment) == []
    assert list(found.default_environment) == ["TRAINING", "SERVING"]
