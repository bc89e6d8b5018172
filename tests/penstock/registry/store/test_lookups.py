import pytest

from penstock.registry.documents import AliasMove
from penstock.registry.errors import Invalid, NotFound
from tests.registry_rows import body, pushed


def test_what_is_not_there_is_not_found(registry, model):
    pushed(registry, model.id, 1)
    for ask in (
        lambda: registry.version(99),
        lambda: registry.version_numbered(model.id, 2),
        lambda: registry.alias(model.id, "canary"),
        lambda: registry.rollback(model.id, "canary"),
        lambda: registry.move_alias(model.id, "default", AliasMove(version=2)),
        lambda: registry.move_alias(99, "default", AliasMove(version=1)),
        lambda: registry.experiment_of_version(99),
    ):
        with pytest.raises(NotFound):
            ask()
    assert registry.experiment_of_version(1).run == "run-1"


def test_names_that_cannot_be_stored_are_refused_or_not_found(registry, model):
    registry.record_experiment(body(model.id))
    for name in ("run-1\udcff", "run-1\x00"):
        with pytest.raises((Invalid, NotFound)):
            registry.experiment_named(model.id, name)
        with pytest.raises((Invalid, NotFound)):
            registry.model_named("taxi", name)
        with pytest.raises((Invalid, NotFound)):
            registry.alias(model.id, name)
    assert registry.experiment_named(model.id, "run-1").run == "run-1"
