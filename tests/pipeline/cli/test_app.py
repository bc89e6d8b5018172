"""The verbs of the command: all are registered, and each handles errors and signals."""

import typer.main

from pipeline.cli.app import app

VERBS = [
    *("init", "sample", "run", "resume", "compile", "submit", "runs", "show", "compare", "lineage"),
    *("predict", "doctor", "fsck", "workers"),
    *("schema show", "schema diff", "schema accept"),
]


def verbs():
    commands = typer.main.get_command(app).commands
    inner = {f"schema {name}": command for name, command in commands.pop("schema").commands.items()}
    return {**commands, **inner}


def test_verbs_are_those_of_the_manual():
    assert list(verbs()) == VERBS


def test_each_verb_handles_errors():
    assert [name for name, verb in verbs().items() if not hasattr(verb.callback, "__wrapped__")] == []
