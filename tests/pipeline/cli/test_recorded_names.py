"""Names with tricks of SQL, paths and Unicode, in each verb that takes one: refused in a sentence, or kept as is."""

import pytest
import typer.main
from typer._click.exceptions import UsageError

from penstock.core.errors import PenstockError
from penstock.registry.opening import open_registry
from pipeline.cli.app import app
from tests.pipeline.cli.registries import fill

# Made once: for each call it would take most of the time.
COMMAND = typer.main.get_command(app)
NAMES = [
    *("' OR 1=1 --", '"; DROP TABLE events; --', "taxi_1a2b3c4_%", "?", "%s %(a)s {0} $(id)", "../../etc/passwd", "/"),
    *("a\x00b", "\udcff", "\u202egpj.exe", "🚕", "²", "1 ", "x" * 5_000, "", "\r\x1b[31m", "default\n"),
]
# Each refuses any of the names where NAME is.
VERBS = [
    *("models show NAME", "models compare 1 NAME", "models compare NAME 1", "models promote NAME --why x --alias new"),
    *(
        "models promote 2 --why x --alias=NAME",
        "models promote 2 --why x --expect NAME",
        "models rollback --alias NAME",
    ),
    *("models rollback --expect NAME", "models tag NAME a=b", "models tag 1 NAME=b", "models tag 1 --remove NAME"),
    *("models archive NAME", "models archive NAME --undo", "models export NAME", "models list --model NAME"),
    *(
        "experiments show NAME",
        "experiments compare NAME 1",
        "experiments archive NAME",
        "experiments list --order NAME",
    ),
    *("experiments list --where NAME", "experiments list --where metric.auc>NAME", "experiments list --model NAME"),
    *(
        "token create NAME --scope read",
        "token create ann --scope NAME",
        "token revoke NAME",
        "predict x --version NAME",
    ),
]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return fill(tmp_path)


def call(verb, name, *more):
    """Call a verb; return the code with which it ends."""
    words = [*(word.replace("NAME", name) for word in verb.split()), *more]
    return COMMAND.main(words, standalone_mode=False) or 0


def refusal(verb, name):
    """Return the error with which a verb is refused."""
    try:
        call(verb, name)
    except (PenstockError, UsageError) as error:
        return error
    pytest.fail(f"{verb} took the name {name[:50]!r}")


@pytest.mark.slow
def test_no_name_is_taken_for_another_and_nothing_is_changed(config):
    with open_registry(config) as registry:
        before = registry.events()
        for verb in VERBS:
            for name in NAMES:
                error = refusal(verb, name)
                assert error.exit_code == 2, (verb, name)
                assert len(str(error)) < 500 or isinstance(error, UsageError), (verb, name)
        assert registry.events() == before
        assert registry.faults() == []
    assert sorted(path.name for path in config.root.iterdir()) == ["pipeline.toml", "state"]


STORED = [name for name in NAMES if "\x00" not in name and "\udcff" not in name and len(name) < 4_000]


def test_free_text_is_kept_as_it_is(config):
    with open_registry(config) as registry:
        for at, text in enumerate(STORED):
            call("models promote NAME --alias canary", "24"[at % 2], "--why", text)
            call(f"token create bot-{at} --scope read --about NAME", text)
            call("models tag 1", "", f"note={text}", "--describe", text, "--why", text)
            version = registry.version_numbered(1, 1)
            assert (version.description, version.tags["note"]) == (text, text)
        moves = [event.document["why"] for event in registry.events(kind="alias moved").items]
        assert moves[1:] == STORED
        assert [token.description for token in registry.tokens().items] == STORED
        assert registry.faults() == []
