"""Standard streams that are closed, full or broken pipes: no traceback, and the documented exit code."""

import json
import subprocess
import sys

import pytest

from tests.metadata_store import ROWS, VERDICT, StoreBuilder, configuration
from tests.pipeline.cli.command import PROJECT

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


def shell(folder, line):
    """Run a line of bash in which `penstock` is the command; return its exit code, output and errors."""
    command = f'penstock() {{ "{sys.executable}" -m pipeline.cli.main "$@"; }}; {line}'
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), "TERM": "dumb", "COLUMNS": "80"}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_command_survives_each_kind_of_broken_stream(folder, command):
    sound = shell(folder, f"penstock {command}")
    assert "Traceback" not in sound.stderr
    own = sound.returncode

    left = shell(folder, f'penstock {command} | true; echo "${{PIPESTATUS[0]}}"')
    assert (left.stdout, left.stderr) == (f"{own}\n", sound.stderr)

    closed = shell(folder, f"penstock {command} >&-")
    assert (closed.returncode, closed.stdout, closed.stderr) == (own, "", sound.stderr)

    full = shell(folder, f"penstock {command} > /dev/full")
    printed = FULL if sound.stdout else ""
    assert (full.returncode, full.stdout, full.stderr) == (own or (2 if printed else 0), "", sound.stderr + printed)

    mute = shell(folder, f"penstock {command} 2>&-")
    assert (mute.returncode, len(mute.stdout), mute.stderr) == (own, len(sound.stdout), "")

    for line in (f"penstock {command} 2> /dev/full", f"penstock {command} >&- 2>&- <&-"):
        assert shell(folder, line).returncode == own


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
