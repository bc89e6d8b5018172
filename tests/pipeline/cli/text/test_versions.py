"""Versions as lines: wide names and many moves stay within the screen."""

from datetime import UTC, datetime

from penstock.registry.documents import Event, Experiment, Version
from pipeline.cli.text.versions import list_lines, move_line, moves_lines, version_lines

TIME = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def version(**given):
    values = {
        **{"id": 1, "created": TIME, "model_id": 1, "number": 1, "folder": "models/1", "digest": "0" * 64},
        **{"experiment_id": 1, "signature": {}, "tags": {}, "stage": "active"},
    }
    return Version.model_validate({**values, **given})


def experiment(**given):
    values = {
        **{"id": 1, "created": TIME, "model_id": 1, "name": "n" * 128, "run": "r" * 200, "state": "pushed"},
        **{"commit": "1a2b3c4", "number": 1, "metric": "auc", "configuration": {}, "data": {}},
        **{"evaluations": {"overall": {"auc": 0.9}}, "artifacts": {}, "details": {}},
    }
    return Experiment.model_validate({**values, **given})


def move(number, why=""):
    document = {"alias": "default", "from": number, "to": number + 1, "why": why, "rollback": False}
    event = {"id": number, "at": TIME, "kind": "alias moved", "actor": "ann", "model_id": 1, "subject": {}}
    return Event.model_validate({**event, "document": document, "previous": "", "hash": ""})


class Model:
    project, name = "p" * 128, "m" * 128


def test_long_names_are_cut_at_the_width_of_the_screen():
    listed = list_lines([(version(aliases=("a" * 100,)), experiment())])
    shown = version_lines(Model, version(tags={"k": "v" * 4000}, description="d" * 4000), experiment(), [])
    assert max(map(len, [*listed, *shown])) == 80


def test_long_reason_is_wrapped_at_the_width_of_the_screen():
    lines = moves_lines([move(1, "x " * 200)])
    assert max(map(len, lines)) <= 80
    assert len(lines) > 4


def test_earlier_moves_than_are_shown_are_mentioned():
    assert moves_lines([move(number) for number in range(20)])[-1] == "and earlier ones: --json lists all"
    assert moves_lines([]) == []


def test_move_names_who_and_why():
    assert move_line(move(1, "better"))[18:] == "default from 1 to 2 by ann: better"
