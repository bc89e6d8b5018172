import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from penstock.registry.client import DatabaseClient
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
    with pytest.raises(Conflict, match="^version 1 of model 1: expected the files that are recorded for it"):
        registry.record_version(other)


def test_version_of_an_experiment_of_another_model_is_refused(registry, model):
    other = registry.create_model(model.project_id, "fares")
    experiment = registry.record_experiment(body(other.id))
    wrong = VersionBody(model_id=model.id, number=1, folder="", digest=digest(1), experiment_id=experiment.id)
    with pytest.raises(Conflict, match="of another model"):
        registry.record_version(wrong)
    assert registry.versions(model.id).items == ()


def test_alias_is_moved_with_its_event(registry, model):
    pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    moved = registry.move_alias(model.id, "default", AliasMove(version=2, why="better", expect=1))
    last = registry.events(model_id=model.id).items[-1]
    assert moved.version == 2
    assert (last.actor, last.kind, last.at) == ("ann", "alias moved", moved.changed)
    assert last.document == {"alias": "default", "from": 1, "to": 2, "why": "better", "rollback": False}


def test_alias_that_points_there_already_has_no_new_event(registry, model):
    pushed(registry, model.id, 1)
    before = registry.events()
    registry.move_alias(model.id, "default", AliasMove(version=1, expect=1))
    assert registry.events() == before


def test_alias_that_is_not_as_expected_stays_and_the_error_names_who_moved_it(registry, model, uri):
    pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    with DatabaseClient(uri, actor="bob") as other:
        other.move_alias(model.id, "default", AliasMove(version=2))
    with pytest.raises(Conflict, match="^the alias default: expected version 1, received version 2, moved by bob"):
        registry.move_alias(model.id, "default", AliasMove(version=1, expect=1))
    with pytest.raises(Conflict, match="^the alias canary: expected version 1, received none"):
        registry.move_alias(model.id, "canary", AliasMove(version=1, expect=1))
    registry.move_alias(model.id, "canary", AliasMove(version=1, expect=0))
    with pytest.raises(Conflict, match="^the alias canary: expected none, received version 1"):
        registry.move_alias(model.id, "canary", AliasMove(version=2, expect=0))


def test_rollback_goes_back_move_by_move(registry, model):
    for number in (1, 2, 3):
        pushed(registry, model.id, number)
    for number in (2, 3):
        registry.move_alias(model.id, "default", AliasMove(version=number))
    assert registry.rollback(model.id, "default", "worse on Sundays").version == 2
    assert registry.rollback(model.id, "default").version == 1
    with pytest.raises(Conflict, match="one that was never moved"):
        registry.rollback(model.id, "default")
    registry.move_alias(model.id, "default", AliasMove(version=3))
    assert registry.rollback(model.id, "default").version == 1


def test_rollback_of_an_alias_that_somebody_moved_is_refused(registry, model):
    pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    registry.move_alias(model.id, "default", AliasMove(version=2))
    with pytest.raises(Conflict, match="expected version 1, received version 2"):
        registry.rollback(model.id, "default", expect=1)


@pytest.mark.parametrize("name", ["1", "007", "", "a/b", "x" * 129])
def test_alias_with_the_name_of_a_version_is_refused(name):
    from pydantic import TypeAdapter

    from penstock.registry.documents import AliasName

    with pytest.raises(ValidationError):
        TypeAdapter(AliasName).validate_python(name)


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


def test_of_two_writers_with_the_same_expectation_one_wins_each_time(registry, model, uri):
    """Two hundred races, each by two threads with connections of their own."""
    pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    wins, losses = [], []
    barrier = threading.Barrier(2)

    def write(actor):
        with DatabaseClient(uri, actor=actor) as client:
            for at in range(200):
                barrier.wait(600)
                before, after = (1, 2) if at % 2 == 0 else (2, 1)
                try:
                    client.move_alias(model.id, "default", AliasMove(version=after, expect=before, why=str(at)))
                    wins.append(at)
                except Conflict:
                    losses.append(at)
                barrier.wait(600)

    writers = [threading.Thread(target=write, args=(actor,)) for actor in ("ann", "bob")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(600)
    assert sorted(wins) == sorted(losses) == list(range(200))
    moves = [event for event in _all_events(registry) if event.kind == "alias moved"][1:]
    assert [int(event.document["why"]) for event in moves] == list(range(200))
    assert registry.faults() == []


def _all_events(registry):
    after = None
    while True:
        page = registry.events(Slice(limit=1000, after=after))
        yield from page.items
        if (after := page.after) is None:
            return


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=st.lists(st.sampled_from(["1", "2", "3", "back"]), max_size=8))
def test_rollbacks_undo_moves_like_a_stack(registry, steps):
    """Any sequence of moves and rollbacks: the alias is what a stack of versions has on its top."""
    name = f"m{len(registry.models(Slice(limit=1000)).items)}"
    model = registry.create_model(registry.create_project("taxi").id, name)
    for number in (1, 2, 3):
        pushed(registry, model.id, number)
    stack = [1]
    for step in steps:
        if step == "back":
            if len(stack) == 1:
                with pytest.raises(Conflict):
                    registry.rollback(model.id, "default")
                continue
            stack.pop()
            registry.rollback(model.id, "default")
        elif int(step) != stack[-1]:
            stack.append(int(step))
            registry.move_alias(model.id, "default", AliasMove(version=int(step)))
        assert registry.alias(model.id, "default").version == stack[-1]


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
