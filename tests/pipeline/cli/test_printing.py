"""The output of the command: control characters and markup in names and values are escaped."""

import io
import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from penstock.core.documents.verdict import Verdict
from pipeline.cli.printing import console, print_errors, print_json, print_lines
from pipeline.cli.text.columns import columns
from pipeline.cli.text.screen import print_verdict
from tests.metadata_store import VERDICT
from tests.penstock.core.test_text import ANY, controls
from tests.pipeline.cli.command import penstock

STYLES = re.compile(r"\x1b\[[0-9;]*m")
EVIL = "\x1b]0;owned\x07[red]\u202e:smile:\x9b31m"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        return True


def printed(function, *arguments):
    held, before = io.StringIO(), (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = held
    try:
        function(*arguments)
    finally:
        sys.stdout, sys.stderr = before
    return held.getvalue()


@given(st.lists(ANY))
def test_each_text_is_one_line_without_control_characters(texts):
    for shown in (printed(print_lines, *texts), printed(print_errors, texts)):
        assert shown.count("\n") == len(texts)
        assert controls(shown) <= {"\n"}


@given(st.lists(st.lists(ANY, min_size=2, max_size=2), min_size=1))
def test_columns_hold_no_control_characters_and_one_line_per_row(rows):
    lines = columns(rows)
    assert len(lines) == len(rows)
    assert controls("".join(lines)) == set()


@given(ANY)
def test_json_is_ascii_without_control_characters_and_can_be_parsed(text):
    shown = printed(print_json, {text: [text]})
    assert shown.isascii()
    assert controls(shown) == {"\n"}
    assert json.loads(shown) == {text: [text]}


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
@given(ANY)
def test_console_adds_only_its_styles(stream, text):
    held = stream()
    screen = console(held, width=80, force_terminal=stream is Terminal, color_system="standard")
    table = Table(box=None)
    table.add_column(text)
    table.add_row(text)
    screen.print(text)
    screen.print(table)
    screen.print(Text("passed", style="green") + Text(text), soft_wrap=True)
    assert controls(STYLES.sub("", held.getvalue())) <= set("\n\t")


def test_markup_and_emoji_codes_are_printed_literally(capsys):
    screen = console(width=80)
    table = Table(box=None)
    table.add_column("[red]")
    table.add_row("[bold]:smile:")
    screen.print("[link=x]:smile:[/link]")
    screen.print(table)
    shown = capsys.readouterr().out
    assert [word for word in ("[link=x]:smile:[/link]", "[red]", "[bold]:smile:") if word not in shown] == []


def test_control_characters_of_a_verdict_are_escaped():
    held = Terminal()
    words = f"auc where {EVIL} is {EVIL}: 0.95"
    thresholds = [{**VERDICT["thresholds"][0], "words": words}]
    verdict = Verdict.model_validate({**VERDICT, "thresholds": thresholds})
    print_verdict(console(held, width=80, color_system="standard"), verdict, "constant")
    shown = STYLES.sub("", held.getvalue())
    assert controls(shown) == {"\n"}
    assert "\\u001b]0;owned\\u0007[red]\\u202e:smile:\\u009b31m" in shown


@pytest.mark.slow
def test_command_escapes_a_hostile_header_and_file_name_everywhere(tmp_path):
    name = "rows\x1b[2J.csv"
    rows = "".join(f"{n},{n % 7},{n % 2}\n" for n in range(60))
    (tmp_path / name).write_text(f'"{EVIL}",miles,paid\n{rows}')
    for arguments in (
        ["init", name, "--label", "paid"],
        ["init", name, "--label", "paid", "--force", "--json"],
        ["init", name, "--label", "\x1b[2J"],
        ["sample", name, "5", "--output", "s\x1b[2J.csv"],
        ["sample", name, "5", "more\x1b[2J"],
        ["show", "\x1b[2J"],
        ["run", "--set", "\x1b[2J"],
        ["run", "--set", f'data.source="{name[:4]}"', "--debug"],
        ["runs", "--set", "name=\x1b"],
        ["\x1b[2J"],
    ):
        result = penstock(tmp_path, *arguments)
        assert controls(result.stdout + result.stderr) <= {"\n"}, arguments
        assert result.stdout + result.stderr
