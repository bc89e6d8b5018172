"""The roles of features, with monotonic constraints."""

import pickle

import pytest
from pydantic import TypeAdapter, ValidationError

from penstock.config.roles import WrittenRole
from penstock.core.errors import ConfigError
from penstock.core.features import ROLES
from penstock.registry.recording.configuration import configuration_of
from tests.metadata_store import configuration

ROLE = TypeAdapter(WrittenRole)


@pytest.mark.parametrize("role", [*(role for role in ROLES if role != "vector"), "vector[1]", "vector[784]"])
def test_valid_role_is_accepted_unchanged(role):
    assert ROLE.validate_python(role) == role


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("numerc", ["'numeric', 'categorical'", "'text' or 'vector[N]'", "did you mean 'numeric'?"]),
        (3, ["'numeric', 'categorical'", "received 3"]),
        (None, ["received None"]),
        ("vector", ["such as 'vector[64]'", "'vector'"]),
        ("vectr[3]", ["'vector[N]'", "'vectr[3]'"]),
        ("vector[0]", ["the number of values in each list"]),
    ],
)
def test_unknown_role_is_refused_with_the_known_ones(role, words):
    with pytest.raises(ValidationError) as caught:
        ROLE.validate_python(role)
    wrong = caught.value.errors()[0]["ctx"]["error"]
    for word in words:
        assert word in f"{wrong.expected}, received {wrong.received}"


RISING = 'features={miles={role="numeric", monotonic="increasing"}, zone="categorical"}'


def test_monotonic_constraint_is_a_property_of_a_role_that_stays_text(tmp_path):
    config = configuration(tmp_path, RISING, "model.family=trees")
    assert config.features == {"miles": "numeric", "zone": "categorical"}
    assert config.monotonic == {"miles": "increasing"}
    assert pickle.loads(pickle.dumps(config.features["miles"])).monotonic == "increasing"  # noqa: S301
    recorded = configuration_of(config)["features"]
    assert recorded == {"miles": {"role": "numeric", "monotonic": "increasing"}, "zone": "categorical"}
    assert (
        config.feature_spec.to_json()
        == configuration(tmp_path, 'features={miles="numeric", zone="categorical"}').feature_spec.to_json()
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ['features.miles={role="numeric", monotonic="up"}'],
            "features.miles.monotonic: expected 'increasing' or 'decreasing', received 'up'",
        ),
        (
            ['features.miles={role="numeric", monotonic="increasin"}'],
            "received 'increasin' (did you mean 'increasing'?)",
        ),
        (['features.miles={role="hour", monotonic="increasing"}'], "expected the role 'numeric' with monotonic"),
        (['features.miles={monotonic="increasing"}'], "features.miles.role: expected 'numeric', 'categorical'"),
        (
            ['features.miles={role="numeric", monoton="increasing"}'],
            "features.miles.monoton: expected one of role, monotonic, received an unknown key (did you mean",
        ),
        (['features.miles={role="numerc"}'], "features.miles.role: expected 'numeric', 'categorical'"),
        ([RISING], "features.miles.monotonic: expected the family trees, linear or auto with monotonic"),
        (
            [RISING, "model.task=multiclass", "evaluation.metric=accuracy", "model.family=trees"],
            "features.miles.monotonic: expected a binary label or a regression with monotonic, received 'multiclass'",
        ),
    ],
)
def test_wrong_constraint_is_refused_in_four_parts(tmp_path, settings, sentence):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, *settings)
    assert sentence in str(caught.value)
