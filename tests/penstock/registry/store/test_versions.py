import pytest
from pydantic import ValidationError

from penstock.registry.documents import MOVED, AliasMove, VersionBody, VersionChange
from penstock.registry.errors import Conflict, NotFound
from penstock.registry.store.rows import Slice
from tests.registry_rows import body, digest, pushed


def test_first_version_is_the_default_and_later_ones_are_not(registry, model):
    first, second = pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    assert (first.aliases, second.aliases) == (("default",), ())
    assert registry.alias(model.id, "default").version == 1
    assert registry.versions(model.id).items == (first, second)


def test_version_is_recorded_once(registry, model):
    first = pushed(registry, model.id, 1, signature={"inputs": {"fare": "float"}}, tags={"team": "a"})
    before = registry.events()
    assert pushed(registry, model.id, 1, description="another") == first
    assert registry.events() == before


def test_version_with_other_files_under_a_known_number_is_refused(registry, model):
    first = pushed(registry, model.id, 1)
    other = VersionBody(
        model_id=model.id, number=1, folder="models/1", digest=digest(9), experiment_id=first.experiment_id
    )
    with pytest.raises(Conflict, match="^version 1 of taxi/tips: expected the files that are recorded for it"):
        registry.record_version(other)


def test_version_of_an_experiment_of_another_model_is_refused(registry, model):
    other = registry.create_model(model.project_id, "fares")
    experiment = registry.record_experiment(body(other.id))
    wrong = VersionBody(model_id=model.id, number=1, folder="", digest=digest(1), experiment_id=experiment.id)
    with pytest.raises(Conflict, match="of another model"):
        registry.record_version(wrong)
    assert registry.versions(model.id).items == ()


@pytest.mark.parametrize("name", ["1", "007", "", "a/b", "x" * 129])
def test_alias_with_the_name_of_a_version_is_refused(name):
    from pydantic import TypeAdapter

    from penstock.registry.documents import AliasName

    with pytest.raises(ValidationError):
        TypeAdapter(AliasName).validate_python(name)


def test_newest_versions_come_first_in_parts(registry, model):
    for number in (1, 2, 3):
        pushed(registry, model.id, number)
    first = registry.versions(model.id, Slice(2, newest=True))
    assert [each.number for each in first.items] == [3, 2]
    last = registry.versions(model.id, Slice(2, first.after, newest=True))
    assert ([each.number for each in last.items], last.after) == ([1], None)


def test_versions_are_counted_and_found_by_their_experiment(registry, model):
    recorded = [pushed(registry, model.id, number) for number in (1, 2, 3)]
    registry.change_version(recorded[2].id, VersionChange(stage="archived"))
    assert (registry.count_versions(model.id), registry.count_versions(model.id, archived=True)) == (2, 3)
    found = registry.versions(model.id, experiment_id=recorded[1].experiment_id).items
    assert [each.number for each in found] == [2]
    with pytest.raises(NotFound):
        registry.count_versions(99)


def test_events_of_one_kind_are_listed_newest_first(registry, model):
    other = registry.create_model(model.project_id, "fares")
    for each in (model, other):
        pushed(registry, each.id, 1), pushed(registry, each.id, 2)
        registry.move_alias(each.id, "default", AliasMove(version=2))
    moves = registry.events(Slice(newest=True), model.id, MOVED).items
    assert [each.document["to"] for each in moves] == [2, 1]
    assert len(registry.events(kind=MOVED).items) == 4
    made = registry.events(Slice(1, newest=True), kind="model made")
    assert made.items[0].model_id == other.id
    assert registry.events(Slice(1, made.after, newest=True), kind="model made").items[0].model_id == model.id
