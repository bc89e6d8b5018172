"""The display of a run: the nodes with state, seconds and rows, then metrics and thresholds."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from penstock.core.text import printable
from penstock.metadata.lineage import Node, Run
from pipeline.cli.printing import console
from pipeline.cli.text.metric_rows import gain_lines, metric_rows, threshold_lines
from pipeline.nodes import rows_read

if TYPE_CHECKING:
    from penstock.core.documents.verdict import Verdict

WIDTH = 80
_MARKS = {"passed": "green", "refused": "bold red", "open": "yellow"}
_STYLES = {"running": "bold cyan", "ran": "green", "cached": "blue", "failed": "bold red"}


class Screen:
    """The live list of nodes: redrawn in a terminal with colors, a line per finished node elsewhere."""

    def __init__(self, stream: TextIO, nodes: Iterable[str], *, color: bool) -> None:
        """Draw the given nodes on a stream."""
        self.console = console(stream, width=WIDTH, no_color=not color)
        self._nodes = list(nodes)
        self._run: Run | None = None
        self._printed: set[str] = set()
        self._ended = False
        # FORCE_COLOR, which the kernel of a notebook sets, makes rich take any stream for a terminal. One without a
        # cursor would show each drawing below the last.
        redrawn = color and stream.isatty() and self.console.is_terminal and not self.console.is_dumb_terminal
        self._live = Live(get_renderable=self._table, console=self.console, refresh_per_second=5) if redrawn else None

    def __enter__(self) -> "Screen":
        """Start drawing."""
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Draw the last state and stop."""
        self._ended = True
        if self._live:
            self._live.refresh()
            self._live.stop()

    def update(self, run: Run) -> None:
        """Show the run's state as of now."""
        self._run = run
        if self._live:
            return
        for node in run.nodes:
            if node.state != "running" and node.id not in self._printed:
                self._printed.add(node.id)
                self.console.print(f"{node.id:<18}{node.state:<9}{seconds(node):>9}{rows(node, run):>12}".rstrip())

    def print_line(self, line: str) -> None:
        """Print a line above the nodes."""
        self.console.print(line, markup=False, soft_wrap=True)

    def _table(self) -> Table:
        states = {node.id: node for node in self._run.nodes} if self._run else {}
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("Node", width=18)
        table.add_column("State", width=9)
        table.add_column("Seconds", justify="right", width=9)
        table.add_column("Rows", justify="right", width=12)
        for name in self._nodes:
            node = states.get(name)
            if node is None or self._run is None:
                table.add_row(name, Text("" if self._ended and states else "waiting", style="dim"), "", "")
            else:
                table.add_row(name, Text(node.state, style=_STYLES[node.state]), seconds(node), rows(node, self._run))
        return table


def seconds(node: Node) -> str:
    """Return how long a node took, or has been running until now."""
    return f"{time.time() - node.started if node.state == 'running' else node.seconds:.1f} s"


def rows(node: Node, run: Run) -> str:
    """Return the number of rows that a node reads, or an empty text if it reads none or the number is unknown."""
    count = rows_read(node.id, run.rows())
    return "" if count is None else f"{count:,}"


def print_verdict(console: Console, verdict: "Verdict", constant: str) -> None:
    """Print the metrics with their baselines, the gains over them, and a line per threshold."""
    heading, *metrics = metric_rows(verdict, constant)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(heading[0], min_width=17)
    for name in heading[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in metrics:
        table.add_row(*row)
    console.print(table)
    for line in gain_lines(verdict, constant):
        console.print(line, soft_wrap=True)
    for mark, text in threshold_lines(verdict):
        console.print(Text(f"{mark:<9}", style=_MARKS[mark]) + Text(printable(text)), soft_wrap=True)
