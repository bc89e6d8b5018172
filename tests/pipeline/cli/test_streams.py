"""Standard streams that are closed, full or broken pipes: no traceback, and the documented exit code."""

import json
import shlex
import subprocess
import sys

import pytest

from tests.metadata_store import ROWS, VERDICT, StoreBuilder, configuration
from tests.pipeline.cli.command import PROJECT, penstock

# Together they take more than three seconds.
pytestmark = pytest.mark.slow

COMMANDS = [
    "--help",
    "--version",
    "run --help",
    "models tag --help",
    "runs",
    "runs --json",
    "show",
    "show --json",
    "lineage",
    "lineage --json",
    "lineage --mermaid",
    "doctor",
    "doctor --json",
    "init rows.csv --label label --config new.toml --force",
    "sample rows.csv 3 --force",
    "sample rows.csv 3 --force --json",
    "predict rows.csv",
    "run --set metadata.uri=sqlite://",
    "run --set metadata.uri=sqlite:// --json",
    "resume",
    "schema show",
    "no-such-verb",
]
FULL = (
    "standard output: expected a stream that can be written, received no space left on device; redirect the output to "
    "another place.\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run that pushed, and with rows to propose a configuration for."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "rows.csv").write_text("a,label\n" + "".join(f"{n},{n % 2}\n" for n in range(60)))
    config = configuration(folder)
    (folder / "verdict").mkdir()
    (folder / "verdict" / "verdict.json").write_text(json.dumps(VERDICT))
    builder = StoreBuilder(config)
    builder.node("20260101-000000", "ExampleGen", outputs={"examples": ("Examples", ROWS)})
    pushed = {"pushed": 1, "pushed_version": "1", "pushed_destination": "models/1"}
    builder.node("20260101-000000", "Pusher", outputs={"pushed_model": ("PushedModel", pushed)})
    return folder


# The commands that a shell starts, with an interpreter that finds its streams broken; each prints in another way. All
# commands run in forks of a process in which the streams are then broken: `streams.prepare` runs before any of them.
STARTED = ["--help", "runs", "runs --json", "show", "no-such-verb"]
# What a shell does to the streams, and what does the same to those of a running process.
CLOSE_OUTPUT = "os.close(1); sys.stdout = None; "
CLOSE_ERRORS = "os.close(2); sys.stderr = None; "
CLOSE_INPUT = "os.close(0); sys.stdin = None; "
KINDS = {
    "sound": ("", ""),
    "left": ("| true", "read, write = os.pipe(); os.close(read); os.dup2(write, 1); os.close(write)"),
    "closed": (">&-", CLOSE_OUTPUT),
    "full": ("> /dev/full", "full = os.open('/dev/full', os.O_WRONLY); os.dup2(full, 1); os.close(full)"),
    "mute": ("2>&-", CLOSE_ERRORS),
    "full errors": ("2> /dev/full", "full = os.open('/dev/full', os.O_WRONLY); os.dup2(full, 2); os.close(full)"),
    "none": (">&- 2>&- <&-", CLOSE_OUTPUT + CLOSE_ERRORS + CLOSE_INPUT),
}


def shell(folder, line):
    """Run a line of bash in which `penstock` is the command; return its exit code, output and errors."""
    command = f'penstock() {{ "{sys.executable}" -m pipeline.cli.main "$@"; }}; {line}'
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), "TERM": "dumb", "COLUMNS": "80"}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)


def started(folder, command, kind):
    return shell(folder, f'penstock {command} {KINDS[kind][0]}; exit "${{PIPESTATUS[0]}}"')


def forked(folder, command, kind):
    return penstock(folder, *shlex.split(command), program=f"import os, sys; {KINDS[kind][1]}")


@pytest.mark.parametrize(
    ("call", "command"),
    [*((forked, command) for command in COMMANDS), *((started, command) for command in STARTED)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_command_survives_each_kind_of_broken_stream(folder, call, command):
    done = {kind: call(folder, command, kind) for kind in KINDS}
    sound = done["sound"]
    assert "Traceback" not in sound.stderr
    own = sound.returncode
    printed = FULL if sound.stdout else ""
    found = {kind: (each.returncode, each.stdout, each.stderr) for kind, each in done.items()}
    assert found["left"] == found["closed"] == (own, "", sound.stderr)
    assert found["full"] == (own or (2 if printed else 0), "", sound.stderr + printed)
    mute = done["mute"]
    assert (mute.returncode, len(mute.stdout), mute.stderr) == (own, len(sound.stdout), "")
    assert done["full errors"].returncode == own
    assert found["none"] == (own, "", "")


def test_descriptor_of_a_closed_stream_is_not_reused_by_a_file(folder):
    store = folder / "state" / "metadata.sqlite"
    before = store.read_bytes()
    assert shell(folder, "penstock runs >&- 2>&-").returncode == 0
    assert store.read_bytes() == before


def test_character_outside_the_encoding_is_written_as_its_code_point(folder):
    done = shell(
        folder, "PYTHONIOENCODING=ascii penstock runs --set name=x --set data.label=größe --config pipeline.toml"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "gr\\xf6\\xdfe" in done.stdout
