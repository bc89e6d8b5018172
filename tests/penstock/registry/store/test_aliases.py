import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.registry.client import DatabaseClient
from penstock.registry.documents import AliasMove
from penstock.registry.errors import Conflict
from penstock.registry.store.rows import Slice
from tests.examples import examples
from tests.registry_rows import pushed


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
    with pytest.raises(Conflict, match="expected a move that is not undone yet, received none"):
        registry.rollback(model.id, "default")
    registry.move_alias(model.id, "default", AliasMove(version=3))
    assert registry.rollback(model.id, "default").version == 1


def test_rollback_of_an_alias_that_somebody_moved_is_refused(registry, model):
    pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    registry.move_alias(model.id, "default", AliasMove(version=2))
    with pytest.raises(Conflict, match="expected version 1, received version 2"):
        registry.rollback(model.id, "default", expect=1)


@pytest.mark.slow
def test_of_two_writers_with_the_same_expectation_one_wins_each_time(registry, model, uri, another):
    """Two hundred races, each by two threads with connections of their own; of an SQLite file also of both kinds."""
    pushed(registry, model.id, 1), pushed(registry, model.id, 2)
    wins, losses = [], []
    barrier = threading.Barrier(2)

    def write(opened):
        with opened() as client:
            for at in range(200):
                barrier.wait(600)
                before, after = (1, 2) if at % 2 == 0 else (2, 1)
                try:
                    client.move_alias(model.id, "default", AliasMove(version=after, expect=before, why=str(at)))
                    wins.append(at)
                except Conflict:
                    losses.append(at)
                barrier.wait(600)

    opened = (lambda: DatabaseClient(uri, actor="ann"), lambda: another("bob"))
    writers = [threading.Thread(target=write, args=(each,)) for each in opened]
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


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(25))
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
