import pytest

from penstock.registry.documents import AliasMove, VersionChange
from penstock.registry.errors import Conflict
from penstock.registry.store.rows import Slice
from tests.registry_rows import body, pushed


def test_version_is_archived_only_without_alias_and_gets_none_then(registry, model):
    first, second = pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    with pytest.raises(Conflict, match="one with the alias default"):
        registry.change_version(first.id, VersionChange(stage="archived"))
    changed = registry.change_version(second.id, VersionChange(stage="archived", why="wrong data"))
    assert changed.archived
    assert registry.versions(model.id).items == (first,)
    assert registry.versions(model.id, Slice(archived=True)).items == (first, changed)
    with pytest.raises(Conflict, match="an archived one"):
        registry.move_alias(model.id, "default", AliasMove(version=2))
    registry.change_version(second.id, VersionChange(stage="active"))
    assert registry.move_alias(model.id, "default", AliasMove(version=2)).version == 2


def test_tags_and_description_are_changed_and_removed(registry, model):
    first = pushed(registry, model.id, 1, tags={"team": "a", "old": "x"})
    changed = registry.change_version(
        first.id, VersionChange(tags={"team": "b", "old": None, "new": "y"}, description="the first")
    )
    assert (changed.tags, changed.description) == ({"team": "b", "new": "y"}, "the first")
    before = registry.events()
    registry.change_version(first.id, VersionChange(tags={"team": "b"}))
    assert registry.events() == before


def test_archived_experiment_is_left_out_until_that_is_undone(registry, model):
    one = registry.record_experiment(body(model.id))
    assert registry.archive_experiment(one.id, "no use").archived is not None
    assert registry.experiments(model_id=model.id).items == ()
    assert [each.id for each in registry.experiments(Slice(archived=True), model_id=model.id).items] == [one.id]
    assert registry.archive_experiment(one.id, undo=True).archived is None
    before = registry.events()
    assert registry.archive_experiment(one.id, undo=True) == registry.experiments(model_id=model.id).items[0]
    assert registry.events() == before
    assert [event.kind for event in before.items[-2:]] == ["experiment archived", "experiment restored"]
