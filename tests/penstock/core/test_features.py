"""The columns' names and roles: JSON, transformed names, what is missing."""

import json
import keyword
import re
from collections import Counter
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.features import (
    CYCLES,
    HEXADECIMAL,
    ROLES,
    TASKS,
    Feature,
    FeatureSpec,
    column_name,
    hexadecimal_name,
    missing_columns,
    missing_flag,
    raw_columns,
    served_name,
    served_names,
    spelled_name,
    transformed_name,
    transformed_names,
)

SPEC = FeatureSpec(
    "tip", "binary", (Feature("miles", "numeric"), Feature("paid", "categorical"), Feature("at", "hour"))
)

columns = st.dictionaries(st.text(min_size=1), st.sampled_from(ROLES), min_size=1, max_size=8)


def spec_of(roles, label="the label", task="binary"):
    return FeatureSpec(label, task, tuple(Feature(name, role) for name, role in roles.items()))


@given(columns, st.text(min_size=1), st.sampled_from(TASKS), st.integers(1))
def test_spec_written_as_json_comes_back_equal(roles, label, task, size):
    spec = FeatureSpec(label, task, tuple(Feature(name, role) for name, role in roles.items()), size)
    assert FeatureSpec.from_json(spec.to_json()) == spec


def test_json_of_a_spec_has_a_fixed_order_of_keys():
    assert json.loads(SPEC.to_json()) == {
        "features": [
            {"name": "miles", "role": "numeric", "width": 0},
            {"name": "paid", "role": "categorical", "width": 0},
            {"name": "at", "role": "hour", "width": 0},
        ],
        "label": "tip",
        "order": [],
        "task": "binary",
        "text_buckets": 1024,
        "vocabulary_size": 10_000,
        "weight": None,
    }
    names = ["features", "label", "order", "task", "text_buckets", "vocabulary_size", "weight"]
    assert list(json.loads(SPEC.to_json())) == names


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        ((), ["miles", "paid", "at"]),
        (("numeric",), ["miles"]),
        (("hour", "numeric"), ["miles", "at"]),
        (("boolean",), []),
    ],
)
def test_names_of_roles_keep_the_order_of_the_configuration(roles, names):
    assert SPEC.names(*roles) == names


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("numeric", (1, 1, 0, 0)),
        ("boolean", (0, 2, 0, 0)),
        ("categorical", (0, 0, 1, 0)),
        ("timestamp", (7, 1, 0, 0)),
        ("hour", (2, 1, 0, 0)),
        ("weekday", (2, 1, 0, 0)),
        ("month", (2, 1, 0, 0)),
        ("text", (0, 1, 0, 1)),
        ("vector", (0, 1, 0, 1)),
    ],
)
def test_role_gives_so_many_columns_of_each_kind(role, kinds):
    found = transformed_names(spec_of({"c": role}))
    assert tuple(len(found[kind]) for kind in ("number", "flag", "category", "vector")) == kinds


@pytest.mark.parametrize(
    ("written", "feature"),
    [
        ("numeric", Feature("c", "numeric")),
        ("text", Feature("c", "text")),
        ("vector[1]", Feature("c", "vector", 1)),
        ("vector[64]", Feature("c", "vector", 64)),
        ("vector[999999]", Feature("c", "vector", 999_999)),
    ],
)
def test_role_is_read_as_it_is_written(written, feature):
    assert Feature.of("c", written) == feature
    assert feature.written == written


@pytest.mark.parametrize(
    "written",
    ["", "number", "vector", "vector[]", "vector[0]", "vector[-1]", "vector[a]", "vector[1]x", "vector[٣]", "text[3]"],
)
def test_unknown_role_is_refused(written):
    with pytest.raises(ValueError, match="no role"):
        Feature.of("c", written)


def test_width_is_that_of_the_list_or_the_number_of_buckets_of_a_text():
    features = (Feature("a", "numeric"), Feature("b", "vector", 3), Feature("c", "text"))
    assert FeatureSpec("l", "binary", features, text_buckets=16).widths() == {"b": 3, "c": 16}


def test_every_role_and_cycle_is_known():
    assert set(CYCLES) < set(ROLES)
    assert CYCLES == {"hour": (24, 0), "weekday": (7, 0), "month": (12, 1)}


@given(columns, st.text(min_size=1))
def test_no_two_columns_share_a_transformed_name(roles, label):
    roles.pop(label, None)
    found = transformed_names(spec_of(roles))
    names = [*(name for kind in found.values() for name in kind), transformed_name(label)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "roles",
    [
        {"start": "timestamp", "start_hour": "hour"},
        {"fare": "numeric", "fare_missing": "numeric"},
        {"day": "weekday", "day_sin": "numeric", "day_cos": "boolean"},
        {"a": "numeric", "a_xf": "numeric"},
    ],
)
def test_column_with_the_name_of_another_ones_part_has_a_name_of_its_own(roles):
    names = [name for kind in transformed_names(spec_of(roles)).values() for name in kind]
    assert len(set(names)) == len(names)


def test_each_transformed_column_has_its_raw_column():
    spec = spec_of({"day": "weekday", "day_sin": "numeric", "a/b": "categorical"})
    names = [name for kind in transformed_names(spec).values() for name in kind]
    origins = raw_columns(spec)
    assert sorted(origins) == sorted(names)
    assert {origins[name] for name in ("day_xf_sin", "day_xf_cos", "day_xf_missing")} == {"day"}
    assert origins["day_sin_xf"] == origins["day_sin_xf_missing"] == "day_sin"
    assert origins["a%2Fb_xf"] == "a/b"


def test_label_with_the_name_of_a_features_part_has_a_name_of_its_own():
    spec = spec_of({"fare": "numeric"}, label="fare_missing")
    assert transformed_name(spec.label) not in transformed_names(spec)["flag"]


@pytest.mark.parametrize(
    ("received", "absent"),
    [
        (["miles", "paid", "at", "more"], []),
        (["paid"], ["miles", "at"]),
        ([], ["miles", "paid", "at"]),
        (["Miles", "paid ", "at"], ["miles", "paid"]),
    ],
)
def test_missing_columns_are_named_in_the_order_of_the_spec(received, absent):
    assert missing_columns(received, SPEC) == absent
    assert missing_columns(iter(received), SPEC) == absent


def test_spec_and_feature_are_frozen():
    with pytest.raises(FrozenInstanceError):
        SPEC.label = "other"
    with pytest.raises(FrozenInstanceError):
        SPEC.features[0].role = "categorical"


@pytest.mark.parametrize("name", ["a", "a_xf", "a_xf_sin", "a_xf_missing", "_xf_", "größe a/b"])
@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("categorical", "text", "vector")])
def test_each_transformed_number_has_its_flag_for_missing_values(name, role):
    kinds = transformed_names(FeatureSpec("label", "binary", (Feature(name, role),)))
    [*values, flag] = [*kinds["number"], *kinds["flag"]]
    assert flag == transformed_name(name, "missing")
    assert {missing_flag(value) for value in values} == {flag}


# Names that are likely to clash: few characters, and the replacements of those that are not allowed.
_PIECES = [
    "a",
    "A",
    "b",
    " ",
    "_",
    ".",
    "u0020",
    "u002e",
    "U0020",
    "arg_",
    "1",
    "é",
    "u00e9",
    "😀",
    "\x00",
    "/",
    "%",
    ":",
]
likely = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=4).map("".join),
    st.sampled_from(["self", "Self", "SELF", "arg_self", "class", "arg_class", "None", "True", "cls", "args", "match"]),
    st.lists(st.sampled_from(_PIECES), max_size=2).map(lambda parts: hexadecimal_name("".join(parts))),
    st.text(st.characters(exclude_categories=[]), max_size=5),
)


@given(st.lists(likely, unique=True, max_size=10))
def test_no_two_columns_are_served_by_one_name_in_whatever_case(names):
    served = served_names(names)
    assert list(served) == names
    assert len({name.lower() for name in served.values()}) == len(names)
    assert all(name.isascii() and name.isidentifier() and name[0].isalpha() for name in served.values())
    assert not {"self", *keyword.kwlist} & set(served.values())


@pytest.mark.slow
@given(st.lists(likely, unique=True, max_size=10), st.randoms())
def test_served_names_do_not_depend_on_the_order_of_columns(names, chance):
    mixed = chance.sample(names, len(names))
    assert served_names(mixed) == served_names(names)


@given(st.lists(likely, unique=True, max_size=10))
def test_each_served_name_leads_back_to_its_column(names):
    found = {written(name): name for written in (served_name, spelled_name, str) for name in names}
    assert {name: found[column_name(served)] for name, served in served_names(names).items()} == {n: n for n in names}


@given(st.lists(likely, unique=True, max_size=6))
def test_names_that_could_be_served_keep_the_names_that_they_had(names):
    """The names were these, and could be exported where no two differed by case only, and none was `self`."""

    def parameter(name):
        return name if name[:1].isalpha() and not keyword.iskeyword(name) else f"arg_{name}"

    plain = {name: parameter(re.sub("[^A-Za-z0-9_]", "_", name)) for name in names}
    counts = Counter(plain.values())
    before = {n: s if s == n or counts[s] < 2 else spelled_name(n) for n, s in plain.items()}
    could = len({name.lower() for name in before.values()}) == len(names) and "self" not in before.values()
    if could and not any(name.lower().startswith(HEXADECIMAL) for name in before.values()):
        assert served_names(names) == before


@pytest.mark.parametrize(
    ("names", "served"),
    [
        (["self"], ["arg_self"]),
        (["self", "arg_self"], [f"{HEXADECIMAL}73656c66", "arg_self"]),
        (["Fare"], ["Fare"]),
        (["Fare", "fare"], [f"{HEXADECIMAL}46617265", f"{HEXADECIMAL}66617265"]),
        (["Unit price", "unit_price"], ["Unitu0020price", "unit_price"]),
        (["a b", "a_b", "au0020b"], [f"{HEXADECIMAL}612062", "a_b", "au0020b"]),
        (["cls", "args", "inputs", "training", "match"], ["cls", "args", "inputs", "training", "match"]),
        (["None", "", "_", "1"], ["arg_None", "arg_", "arg__", "arg_1"]),
    ],
)
def test_names_that_clash_are_served_by_others(names, served):
    assert served_names(names) == dict(zip(names, served, strict=True))


@pytest.mark.parametrize("served", ["fare", f"{HEXADECIMAL}6", f"{HEXADECIMAL}ff", f"{HEXADECIMAL}61 62"])
def test_name_without_hexadecimal_digits_is_that_of_its_column(served):
    assert column_name(served) == served
