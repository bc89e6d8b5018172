import pytest
from pydantic import ValidationError

from penstock.registry.acceptance import AcceptedChange, SchemaAcceptance, read
from penstock.registry.documents import ACCEPTED
from penstock.registry.errors import NotFound
from penstock.registry.store.rows import Slice


def test_project_that_exists_is_returned_as_it_is(registry):
    first = registry.create_project("taxi", "first")
    assert registry.create_project("taxi", "second") == first
    assert [event.kind for event in registry.events().items] == ["project made"]


def test_model_that_exists_is_returned_as_it_is(registry, model):
    assert registry.create_model(model.project_id, "tips", "another") == model
    assert (model.project, model.name) == ("taxi", "tips")


def test_names_of_models_are_unique_within_a_project(registry, model):
    other = registry.create_project("bikes")
    twin = registry.create_model(other.id, "tips")
    assert twin.id != model.id
    assert registry.models(name="tips").items == (model, twin)
    assert registry.models(project_id=other.id).items == (twin,)
    assert registry.model_named("bikes", "tips") == twin


@pytest.mark.parametrize("name", ["", "-taxi", "a/b", "..", "a b", "x" * 129, "taxi\n", "tàxi", "a\0b"])
def test_name_that_is_no_plain_word_is_refused(registry, name):
    with pytest.raises(ValidationError):
        registry.create_project(name)
    assert registry.projects().items == ()


def test_what_is_not_there_is_not_found(registry, model):
    for ask in (
        lambda: registry.project("bikes"),
        lambda: registry.project(99),
        lambda: registry.model(99),
        lambda: registry.model_named("taxi", "fares"),
        lambda: registry.create_model(99, "tips"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_acceptance_of_a_schema_is_an_event_with_its_changes(registry, model):
    body = SchemaAcceptance(
        file="schema.pbtxt",
        digest="0" * 64,
        changes=(AcceptedChange(column="p\tid'", change="may hold also cash"), AcceptedChange(column="new", change="")),
        user="root",
    )
    assert registry.accept_schema(model.id, body) == model
    [event] = registry.events(model_id=model.id, kind=ACCEPTED).items
    found = read(event)
    assert (found.at, found.actor, found.body) == (event.at, event.actor, body)
    assert registry.faults() == []
    with pytest.raises(NotFound):
        registry.accept_schema(99, body)


def test_event_of_a_release_with_other_fields_is_not_read(registry, model):
    [event] = [each for each in registry.events(model_id=model.id).items if each.kind == "model made"]
    assert read(event) is None


def test_archived_project_and_model_are_left_out_of_lists_and_still_found(registry, model):
    registry.archive_model(model.id, "no longer used")
    registry.archive_project(model.project_id)
    again = registry.archive_model(model.id, "twice")
    assert registry.models().items == ()
    assert registry.models(Slice(archived=True)).items == (again,)
    assert registry.projects().items == ()
    assert again.archived
    assert registry.model(model.id) == again
    assert [event.kind for event in registry.events().items][2:] == ["model archived", "project archived"]
