import asyncio

import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.models import ModelConfig, Models, Policy
from penstock.server.models.states import State, VersionState

pytestmark = pytest.mark.slow

X = {"x": np.array([2.0], np.float32)}


@pytest.fixture(scope="module")
def models(mixed_model):
    return Models([ModelConfig("mixed", mixed_model, Policy(every=True), {"stable": 1})])


@pytest.mark.parametrize(
    ("version", "label", "answer"), [(None, None, 3.0), (1, None, 2.0), (2, None, 3.0), (None, "stable", 2.0)]
)
def test_lease_is_of_the_version_that_was_asked_for(models, version, label, answer):
    with models.lease("mixed", version, label) as servable:
        assert models.run(servable, "half", X)["y"].tolist() == [answer]
        assert asyncio.run(models.run_async(servable, "half", X))["y"].tolist() == [answer]


@pytest.mark.parametrize(
    ("model", "version", "label", "code", "text"),
    [
        ("none", None, None, Code.NOT_FOUND, "Servable not found for request: Latest(none)"),
        ("mixed", 9, None, Code.NOT_FOUND, "Servable not found for request: Specific(mixed, 9)"),
        ("mixed", None, "none", Code.INVALID_ARGUMENT, "Unrecognized servable version label: none"),
    ],
)
def test_lease_of_what_is_not_served_is_refused(models, model, version, label, code, text):
    with pytest.raises(ServingError) as refused, models.lease(model, version, label):
        pass
    assert (refused.value.code, refused.value.message) == (code, text)


def test_states_are_those_of_the_versions_latest_first(models):
    assert models.states("mixed") == [VersionState(2, State.AVAILABLE), VersionState(1, State.AVAILABLE)]
    assert models.states("mixed", 1) == [VersionState(1, State.AVAILABLE)]
    with pytest.raises(ServingError, match="Could not find any versions of model none"):
        models.states("none")
    with pytest.raises(ServingError, match="Could not find version 9 of model mixed"):
        models.states("mixed", 9)


def test_unknown_signature_is_refused(models):
    with models.lease("mixed") as servable, pytest.raises(ServingError, match='name: "none" not found'):
        models.run(servable, "none", X)
