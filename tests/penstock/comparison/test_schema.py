"""Schemas of two runs: compared by name; an order is no difference, and is reported."""

import random

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.schema import compare_schemas
from penstock.core.errors import ConfigError
from tests.penstock.comparison.folders import schema, write_schema

NAMES = st.lists(st.text("abcdé .", min_size=1, max_size=5), min_size=1, max_size=6, unique=True)


def shuffled(found, seed):
    draw, other = random.Random(seed), type(found)()
    other.CopyFrom(found)
    for messages in (other.feature, other.string_domain[0].value, *(each.not_in_environment for each in other.feature)):
        copies = draw.sample(list(messages), len(messages))
        del messages[:]
        messages.extend(copies)
    return other


CHANGES = {
    "presence": lambda feature: setattr(feature.presence, "min_fraction", 0.5),
    "a flag": lambda feature: feature.unique_constraints.SetInParent(),
    "environments": lambda feature: feature.not_in_environment.append("MORE"),
    "type": lambda feature: setattr(feature, "type", 2),
}


@pytest.mark.slow
@given(names=NAMES, seed=st.integers(0, 99), change=st.sampled_from(sorted(CHANGES)))
def test_schema_is_equal_to_itself_in_any_order_and_a_changed_feature_is_found(tmp_path_factory, names, seed, change):
    top, found = tmp_path_factory.mktemp("schema"), schema(names)
    one = write_schema(top / "one", found)
    assert compare_schemas(one, one).level == "identical"
    assert compare_schemas(one, write_schema(top / "other", shuffled(found, seed))).level in ("identical", "equal")
    changed = shuffled(found, seed)
    feature = changed.feature[0]
    CHANGES[change](feature)
    part = compare_schemas(one, write_schema(top / "changed", changed))
    assert (part.level, part.counts) == ("different", {"features": 1})
    assert {line.partition(": ")[0].split(", ")[1] for line in part.details} == {feature.name}


def test_another_order_is_reported(tmp_path):
    one, other = write_schema(tmp_path / "one", schema("ab")), write_schema(tmp_path / "other", schema("ba"))
    found = compare_schemas(one, other)
    assert (found.level, found.words) == ("equal", "3 features, in another order")


def test_another_spelling_of_a_name_is_equal_and_another_name_is_not(tmp_path):
    folders = {}
    for name, text in {"one": "stra\\303\\237e", "other": "straße", "third": "strase"}.items():
        folders[name] = tmp_path / name
        folders[name].mkdir()
        (folders[name] / "schema.pbtxt").write_text(f'feature {{ name: "{text}" }}', encoding="utf-8")
    assert compare_schemas(folders["one"], folders["other"]).level == "equal"
    found = compare_schemas(folders["one"], folders["third"])
    assert (found.level, found.words) == ("different", "2 of 2 features and domains")


def test_changed_domain_and_added_environment_are_found(tmp_path):
    one, other = schema("ab"), schema("ab")
    other.string_domain[0].value.append("d")
    other.default_environment.append("MORE")
    found = compare_schemas(write_schema(tmp_path / "one", one), write_schema(tmp_path / "other", other))
    assert [line.partition(":")[0] for line in found.details] == [
        "string_domain, text, value, length",
        "default_environment, length",
    ]


def test_file_that_is_no_schema_is_refused(tmp_path):
    one = write_schema(tmp_path / "one", schema("ab"))
    other = write_schema(tmp_path / "other", schema("ab"))
    (other / "schema.pbtxt").write_text(text_format.MessageToString(schema("a")) + "feature {")
    with pytest.raises(ConfigError, match="expected a schema in the protobuf text format"):
        compare_schemas(one, other)
