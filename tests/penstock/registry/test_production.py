"""Which version was in production when a run began, by the events of the registry."""

from datetime import UTC, datetime, timedelta

from penstock.registry.documents import AliasMove
from penstock.registry.production import InProduction, in_production
from tests.registry_rows import pushed

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=1)


def test_first_run_promotes_the_first_version(registry, model):
    assert in_production(registry, model, "run-1", LONG_AGO) == InProduction()
    pushed(registry, model.id, 1)
    assert in_production(registry, model, "run-1", LONG_AGO) == InProduction(promoted=True)


def test_moves_of_later_runs_and_of_people_do_not_count(registry, model):
    for number in (1, 2):
        pushed(registry, model.id, number)
    registry.move_alias(model.id, "default", AliasMove(version=2, why="better"))
    registry.move_alias(model.id, "canary", AliasMove(version=1))
    assert in_production(registry, model, "run-2", LONG_AGO) == InProduction()
    assert in_production(registry, model, "run-3", LATER) == InProduction(2, 0.9)


def test_run_that_promotes_its_version_is_found_by_its_name(registry, model):
    for number in (1, 2):
        pushed(registry, model.id, number)
    registry.move_alias(model.id, "default", AliasMove(version=2, why="run run-2 pushed it: it is blessed"))
    assert in_production(registry, model, "run-2", LATER) == InProduction(1, 0.9, promoted=True)
