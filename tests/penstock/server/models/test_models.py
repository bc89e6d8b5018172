import asyncio
import shutil

import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.config import Batching, ModelConfig, Policy, Settings
from penstock.server.models.models import Models
from penstock.server.models.states import State, VersionState

pytestmark = pytest.mark.slow

X = {"x": np.array([2.0], np.float32)}


@pytest.fixture(scope="module", params=[None, Batching(rows=4)], ids=["alone", "batched"])
def models(mixed_model, request):
    config = ModelConfig("mixed", mixed_model, Policy(every=True), {"stable": 1})
    served = Models([config], Settings(batching=request.param))
    yield served
    served.close()


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


def test_calls_that_take_no_time_are_answered_by_the_event_loop(models):
    async def ask():
        with models.lease("mixed") as servable:
            return [(await models.run_async(servable, "half", X))["y"].tolist() for _ in range(5)]

    assert asyncio.run(ask()) == [[3.0]] * 5


def test_version_stays_loaded_until_a_call_that_its_caller_left_has_ended(mixed_model):
    models = Models([ModelConfig("mixed", mixed_model)])

    async def leave():
        with models.lease("mixed") as servable:
            task = asyncio.create_task(models.run_async(servable, "half", X))
            await asyncio.sleep(0)
            task.cancel()
        return servable

    servable = asyncio.run(leave())
    models.close()
    assert not servable.is_used


def test_reload_keeps_what_is_served_before_and_after(mixed_model, estimator_model):
    models = Models([ModelConfig("mixed", mixed_model)])
    with models.lease("mixed") as before:
        models.reload([ModelConfig("mixed", mixed_model, labels={"best": 1}), ModelConfig("other", estimator_model)])
        with models.lease("mixed") as after, models.lease("other") as other, models.lease("mixed", label="best") as old:
            assert (after, other.version, old.version) == (before, 7, 1)
        models.reload([ModelConfig("other", estimator_model)])
        assert models.names() == ["other"]
        assert models.run(before, "half", X)["y"].tolist() == [3.0]
    models.close()


def test_reload_with_a_model_that_has_no_version_says_so(mixed_model, tmp_path):
    models = Models([ModelConfig("mixed", mixed_model)])
    (tmp_path / "3").mkdir()
    with pytest.raises(ServingError) as refused:
        models.reload([ModelConfig("mixed", mixed_model), ModelConfig("broken", tmp_path)])
    assert refused.value.code == Code.UNKNOWN
    assert "1 servable(s) did not become available: {{{name: broken version: 3} due to error" in refused.value.message
    assert not models.is_ready()
    assert models.states("broken")[0].state is State.END
    models.close()


def test_new_version_is_served_after_a_poll(mixed_model, tmp_path):
    shutil.copytree(mixed_model / "1", tmp_path / "1")
    models = Models([ModelConfig("mixed", tmp_path)], Settings(poll_seconds=0.01))
    models.watch()
    shutil.copytree(mixed_model / "2", tmp_path / ".staging")
    (tmp_path / ".staging").rename(tmp_path / "2")
    while models.states("mixed")[-1].state is not State.END:
        with models.lease("mixed") as servable:
            assert models.run(servable, "half", X)["y"].tolist() in ([2.0], [3.0])
    with models.lease("mixed") as servable:
        assert servable.version == 2
    models.close()
