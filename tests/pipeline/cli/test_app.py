"""The verbs of the command: all are registered, and each handles errors and signals."""

import typer.main

from pipeline.cli.app import app

VERBS = [
    *("init", "sample", "run", "resume", "compile", "submit", "runs", "show", "compare", "report", "lineage"),
    *("predict", "score", "serve", "drift", "dashboard", "verify", "doctor", "fsck", "workers"),
    *(f"models {name}" for name in ("list", "show", "compare", "promote", "rollback", "tag", "archive", "export")),
    *(f"experiments {name}" for name in ("list", "show", "compare", "archive")),
    *("schema show", "schema diff", "schema accept"),
    *("registry check", "registry serve"),
    *("token create", "token list", "token revoke"),
    "deploy vertex",
]


def verbs():
    """Return the commands by name, those of a group with its name before theirs."""
    return {
        f"{verb} {name}".strip(): inner
        for verb, command in typer.main.get_command(app).commands.items()
        for name, inner in getattr(command, "commands", {"": command}).items()
    }


def test_verbs_are_those_of_the_manual():
    assert list(verbs()) == VERBS


def test_each_verb_handles_errors():
    assert [name for name, verb in verbs().items() if not hasattr(verb.callback, "__wrapped__")] == []
