"""Rows per second and memory of `penstock score`, with `penstock predict` on the same file as the measure.

`make benchmark-score`, or `python -m benchmarks.score_rows ROWS REPEATS`: both commands alternate.
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Command, Measured, measure
from benchmarks.rows import write_rows
from benchmarks.systems import PROJECT, QUICK, Penstock, changed, check, penstock

TARGET = 0.9
FORMATS = ("csv", "parquet")
# One model to score with: its quality does not matter, and its report and the check of serving are not needed.
_QUICK = changed(*QUICK, "report.write=false", "serving.check=false")
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Compared:
    """The medians of both commands for one format.

    Attributes:
        ending: The format.
        predict: Seconds, processor seconds and peak of memory in MB of `penstock predict`.
        score: The same of `penstock score`.
    """

    ending: str
    predict: tuple[float, float, float]
    score: tuple[float, float, float]

    @property
    def ratio(self) -> float:
        """The rows per second of `score`, relative to those of `predict`."""
        return self.predict[0] / self.score[0]


def main() -> int:
    """Print the medians; exit code 1 if the target is missed."""
    rows, repeats = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        found = compare(Path(folder), rows, repeats)
    print("\n".join(lines(found, rows)))
    return 0 if all(each.ratio >= TARGET for each in found) else 1


def compare(folder: Path, rows: int, repeats: int, formats: Sequence[str] = FORMATS) -> list[Compared]:
    """Return the medians of both commands for each format."""
    project, table = folder / "project", folder / "rows.csv"
    project.mkdir()
    source = PROJECT / "data" / "taxi" / "trips.csv"
    Penstock().prepare(project, source)
    first = penstock(project, "run", "--json", *_QUICK)
    check(first, measure(first).code)
    write_rows(source, table, rows)
    return [_compared(project, table, ending, repeats) for ending in formats]


def _compared(project: Path, table: Path, ending: str, repeats: int) -> Compared:
    commands = commands_of(project, table, ending)
    measured: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            measured[name].append(measure(command))
            check(command, measured[name][-1].code)
    return Compared(ending, _medians(measured["predict"]), _medians(measured["score"]))


def commands_of(project: Path, table: Path, ending: str) -> dict[str, Command]:
    """Return both commands for a format."""
    return {
        "predict": penstock(project, "predict", str(table), "--output", f"predicted.{ending}"),
        "score": penstock(project, "score", str(table), "--to", f"scored.{ending}"),
    }


def _medians(measured: list[Measured]) -> tuple[float, float, float]:
    return (
        statistics.median(each.seconds for each in measured),
        statistics.median(each.cpu_seconds for each in measured),
        statistics.median(each.peak_rss_of_one / _MEGABYTE for each in measured),
    )


def lines(found: list[Compared], rows: int) -> list[str]:
    """Return the table of the results."""
    head = ["format   command   rows/s   seconds  processor s  peak MB"]
    for each in found:
        for name, (seconds, processor, peak) in (("predict", each.predict), ("score", each.score)):
            head.append(
                f"{each.ending:8} {name:8} {rows / seconds:8,.0f} {seconds:9.1f} {processor:12.1f} {peak:8,.0f}"
            )
        head.append(f"{each.ending:8} score / predict: {each.ratio:.2f}, at least {TARGET}")
    return head


if __name__ == "__main__":
    sys.exit(main())
