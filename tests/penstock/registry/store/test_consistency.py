"""Rows that were changed, added or removed without the registry, in both databases."""

import pytest
import sqlalchemy as sa

from penstock.registry.documents import AliasMove, VersionChange
from tests.registry_rows import body, pushed


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request):
    """Without the server, which has no way to write rows without events."""
    return request.param


@pytest.fixture
def version(registry, model):
    """A version with everything that changes an experiment, a version or an alias."""
    version = pushed(registry, model.id, 1)
    pushed(registry, model.id, 2)
    registry.merge_evaluations(version.experiment_id, {"overall": {"auc": 0.95}, "test": {"auc": 0.1}})
    registry.merge_artifacts(version.experiment_id, {"model": "x"})
    registry.archive_experiment(version.experiment_id)
    registry.change_version(version.id, VersionChange(description="ä", tags={"a": "1"}))
    registry.move_alias(model.id, "default", AliasMove(version=2))
    registry.rollback(model.id, "default")
    registry.move_alias(model.id, "old", AliasMove(version=2))
    registry.record_experiment(body(model.id, "run-3", state="failed", evaluations={}, seconds=1e-17))
    return registry.version(version.id)


def execute(registry, *statements):
    with registry.database.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_registry_that_only_penstock_wrote_has_no_fault(registry, version):
    registry.change_version(registry.version_numbered(version.model_id, 2).id, VersionChange(tags={"b": "2"}))
    assert registry.faults() == []


FAULTS = {
    "UPDATE versions SET stage = 'archived' WHERE number = 1": "version with id 1 was changed without the registry",
    "UPDATE experiments SET evaluations = '{}' WHERE id = 1": "experiment 1 was changed without the registry",
    "UPDATE experiments SET description = 'x' WHERE id = 2": "experiment 2 was changed without the registry",
    "DELETE FROM experiment_values WHERE experiment_id = 3": None,
    "DELETE FROM experiments WHERE id = 3": "experiment 3 is missing",
    "UPDATE aliases SET version_id = 2 WHERE name = 'default'": "the alias default of model 1 was moved without the "
    "registry",
    "DELETE FROM aliases WHERE name = 'old'": "the alias old of model 1 is missing",
    "UPDATE events SET actor = 'eve' WHERE id = 5": "event 5 was changed after it was written",
}


def test_each_row_that_something_else_wrote_is_named(registry, version):
    execute(registry, *FAULTS)
    assert sorted(registry.faults()) == sorted(fault for fault in FAULTS.values() if fault)


def test_row_that_something_else_added_is_named(registry, version):
    execute(
        registry, "INSERT INTO aliases SELECT model_id, 'evil', version_id, changed FROM aliases WHERE name = 'old'"
    )
    assert registry.faults() == ["the alias evil of model 1 was moved without the registry"]
