"""The display of a run: at most 80 columns, plain lines if the stream is not a terminal."""

import io
import re
import time

import pytest
from rich.console import Console

from penstock.metadata.lineage import Artifact, Node, Run
from pipeline.cli.text.screen import Screen, print_verdict, rows, seconds
from pipeline.nodes import NODES
from tests.documents import verdict

COUNTED = Artifact(1, "Examples", "examples", "/x", {"rows": '{"source": 1500000, "train": 1000000, "eval": 500000}'})


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self):
        return True


def node(name, state="ran", took=1.25, outputs=()):
    return Node(name, state, 1, time.time() - took, took, outputs=tuple(outputs))


def run_of(*nodes):
    return Run("r", "taxi", nodes)


WHOLE = run_of(node("ExampleGen", outputs=[COUNTED]), *(node(name, "cached", 12345.6) for name in NODES[1:]))


def drawn(stream, *states, color=True):
    with Screen(stream, NODES, color=color) as screen:
        for state in states:
            screen.update(state)
    return stream.getvalue()


def test_pipe_gets_a_plain_line_per_node_that_ended():
    first = run_of(node("ExampleGen", outputs=[COUNTED]), node("Trainer", "running"))
    second = run_of(node("ExampleGen", outputs=[COUNTED]), node("Trainer", "failed", 61.04))
    assert drawn(io.StringIO(), first, first, second, second).splitlines() == [
        "ExampleGen        ran          1.2 s   1,500,000",
        "Trainer           failed      61.0 s   1,000,000",
    ]


def test_stream_without_a_cursor_gets_no_redrawn_table_where_color_is_forced(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    running, ran = run_of(node("ExampleGen", "running")), run_of(node("ExampleGen"))
    text = drawn(io.StringIO(), *[running] * 100, ran)
    assert re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines() == ["ExampleGen        ran          1.2 s"]


def test_line_about_damage_is_printed_unchanged():
    stream = io.StringIO()
    line = f"Damaged, to be made again: Trainer/model/8 (assets/[bold]{'x' * 80} is missing)"
    with Screen(stream, NODES, color=True) as screen:
        screen.print_line(line)
    assert stream.getvalue() == f"{line}\n"


def test_pipe_gets_the_longest_run_within_eighty_columns():
    lines = drawn(io.StringIO(), WHOLE).splitlines()
    assert [line.split()[0] for line in lines] == list(NODES)
    assert max(map(len, lines)) <= 80


def test_terminal_gets_a_table_that_is_redrawn(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    text = drawn(Terminal(), run_of(node("ExampleGen", "running")), WHOLE)
    assert "\x1b[" in text
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "").splitlines()
    assert lines[0].split() == ["Node", "State", "Seconds", "Rows"]
    last = lines[-len(NODES) :]
    assert [line.split()[:2] for line in last] == [["ExampleGen", "ran"], *([name, "cached"] for name in NODES[1:])]
    assert max(len(line.rstrip()) for line in last) <= 80


def test_terminal_says_waiting_until_the_first_node_starts(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    text = drawn(Terminal())
    assert text.count("waiting") >= len(NODES)


@pytest.mark.parametrize("color", [True, False])
def test_color_can_be_switched_off(monkeypatch, color):
    monkeypatch.setenv("TERM", "xterm-256color")
    text = drawn(Terminal(), run_of(node("ExampleGen"), node("Trainer", "failed")), color=color)
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]m", text)) is color


def test_dumb_terminal_gets_plain_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert drawn(Terminal(), run_of(node("ExampleGen"))) == "ExampleGen        ran          1.2 s\n"


def test_seconds_of_a_running_node_are_counted_until_now():
    assert seconds(node("Trainer", "running", 10)) == "10.0 s"
    assert seconds(node("Trainer", "ran", 2)) == "2.0 s"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ExampleGen", "1,500,000"),
        ("Trainer", "1,000,000"),
        ("Evaluator", "500,000"),
        ("Pusher", ""),
        ("SchemaGen", ""),
    ],
)
def test_rows_are_those_that_a_node_reads(name, shown):
    assert rows(node(name), WHOLE) == shown
    assert rows(node(name), run_of(node(name))) == ""


VERDICT = {
    "metrics": {
        "auc": {"model": 0.95678, "interval": 0.00612, "constant": 0.5, "linear": 0.9, "baseline": None},
        "calibration_error": {"model": None, "interval": None, "constant": 1e-5, "linear": 0.01, "baseline": 12345.6},
    },
    "gains": {"constant": {"metric": "auc", "gain": 0.45678, "interval": 0.00612}},
    "thresholds": [
        {"metric": "auc", "passed": True, "words": "auc overall: 0.9568, at least 0.9 required"},
        {"metric": "auc", "passed": False, "words": "auc [payment_type] = Cash: no value, at least 0.9 required"},
    ],
}


def test_verdict_is_a_table_then_a_line_per_threshold():
    stream = io.StringIO()
    print_verdict(Console(file=stream, width=80, highlight=False), verdict(**VERDICT), "Majority class")
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert [re.split(r"\s{2,}", line) for line in lines] == [
        ["Metric", "Model", "Majority class", "Linear", "Last blessed"],
        ["auc", "0.9568 ±0.0061", "0.5000", "0.9000", "-"],
        ["calibration_error", "-", "0.0000", "0.0100", "12345.6"],
        ["By auc: 0.4568 ±0.0061 better than the majority class"],
        ["passed", "auc overall: 0.9568, at least 0.9 required"],
        ["refused", "auc [payment_type] = Cash: no value, at least 0.9 required"],
    ]
    assert max(map(len, lines)) <= 80


def test_long_threshold_is_one_line():
    stream = io.StringIO()
    long = {
        "metric": "auc",
        "passed": True,
        "words": f"auc company = {'a very long name ' * 12}: 0.9, at least 0.9 required",
    }
    print_verdict(Console(file=stream, width=80, highlight=False), verdict(**{**VERDICT, "thresholds": [long]}), "Mean")
    assert stream.getvalue().splitlines()[-1] == f"passed   {long['words']}"
