"""The output of scored rows: a complete file, or none."""

import io
import stat
import subprocess
import sys

import pyarrow as pa
import pytest

from penstock.core.errors import ConfigError
from penstock.serving.batch.output import check_output, open_output
from tests.file_limit import file_limit

BATCH = pa.RecordBatch.from_pydict({"a": [1, 2]})
ENDINGS = ["csv", "tsv", "jsonl", "ndjson", "json", "parquet"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_file_appears_only_when_all_rows_are_in_it(tmp_path, ending):
    path = tmp_path / f"scored.{ending}"
    check_output(path, tmp_path / "rows.csv")
    with open_output(path) as output:
        output.write(BATCH)
        assert not path.exists()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_size > 0


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_file_that_was_there_stays_when_scoring_fails(tmp_path, ending, fault):
    path = tmp_path / f"scored.{ending}"
    path.write_text("as before")
    with pytest.raises(fault):
        write_and_fail(path, fault)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "as before"


def write_and_fail(path, fault):
    with open_output(path) as output:
        output.write(BATCH)
        raise fault


def test_standard_output_gets_delimited_text(capfdbinary):
    with open_output(None) as output:
        output.write(BATCH)
    assert capfdbinary.readouterr().out == b"a\n1\n2\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rows.csv", "expected another file than the input, received the same"),
        ("same.csv", "expected another file than the input, received the same"),
        ("folder.csv", "expected a file, received a folder"),
        ("none/scored.csv", "expected a folder to write into, received no such folder; make .*none first"),
        ("scored.xls", r"expected one of \.csv, .* received '\.xls'"),
        ("scored", "received none; name a file such as scored.csv"),
    ],
)
def test_unusable_output_is_refused_before_anything_is_read(tmp_path, name, message):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "rows.csv").touch()
    (tmp_path / "same.csv").symlink_to(tmp_path / "rows.csv")
    with pytest.raises(ConfigError, match=message) as caught:
        check_output(tmp_path / name, tmp_path / "rows.csv")
    assert caught.value.exit_code == 2


def test_folder_that_cannot_be_written_is_reported(tmp_path):
    # A name that is too long fails for every user including root, unlike a folder without write permission.
    path = tmp_path / f"{'x' * 300}.csv"
    with pytest.raises(ConfigError, match="a file that can be written, received File name too long"), open_output(path):
        pass


def test_full_disk_is_reported_and_nothing_is_left(tmp_path):
    path = tmp_path / "scored.csv"
    big = pa.RecordBatch.from_pydict({"a": ["x" * 100] * 10_000})
    with pytest.raises(ConfigError, match="received File too large"), file_limit(10), open_output(path) as output:
        output.write(big)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_output_file_has_the_permissions_of_the_umask(tmp_path, umask, mode):
    path = tmp_path / "scored.csv"
    program = f"""
import os, pathlib, pyarrow
os.umask({umask})
from penstock.core.privacy import keep_private
keep_private()
from penstock.serving.batch.output import open_output
with open_output(pathlib.Path({str(path)!r})) as output:
    output.write(pyarrow.RecordBatch.from_pydict({{"a": [1]}}))
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_overwritten_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "scored.csv"
    path.touch(0o600)
    with open_output(path) as output:
        output.write(pa.RecordBatch.from_pydict({"a": [1]}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("is_terminal", "shown"), [(True, "a\\u001b[2J\n1\\u009b2J\n"), (False, "a\x1b[2J\n1\x9b2J\n")]
)
def test_control_characters_are_escaped_on_a_terminal_and_unchanged_in_a_pipe(monkeypatch, is_terminal, shown):
    below = io.BytesIO()
    stream = io.TextIOWrapper(below, encoding="utf-8")
    monkeypatch.setattr(stream, "isatty", lambda: is_terminal, raising=False)
    monkeypatch.setattr(sys, "stdout", stream)
    with open_output(None) as output:
        output.write(pa.RecordBatch.from_pydict({"a\x1b[2J": ["1\x9b2J"]}))
    assert below.getvalue().decode() == shown
