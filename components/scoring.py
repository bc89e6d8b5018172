"""The shards of a scoring as a Beam pipeline: its elements are their numbers, and each worker scores whole shards.

The workers need the source, the model and the work folder under the same names as here.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from components.cluster_errors import explained
from penstock.core.errors import DataError, PenstockError
from penstock.core.files import atomic_file
from penstock.serving.sharded.shards import Task, score_shard
from penstock.serving.sharded.work import Outcome, Work

_ERRORS = "errors.json"


class _Score(beam.DoFn):
    """Scores the shard of a number, and gives the error of a row that cannot be scored."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def process(self, number: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        try:
            score_shard(self._task, number)
        except PenstockError as error:
            # An error of a row does not go away at another attempt, and a runner would return it as text.
            yield number, error.args


def on_beam(task: Task, numbers: Sequence[int], arguments: Sequence[str]) -> Iterator[Outcome]:
    """Score shards on a Beam runner, and yield their outcomes in the order of the numbers.

    Raises:
        DataError: A row cannot be read or scored; of several errors the first in the order of the rows.
        NodeError: The cluster ended without all shards.
    """
    work = Work(Path(task.folder))
    with explained(), beam.Pipeline(argv=[*arguments, "--job_name=penstock-score"]) as pipeline:
        (
            pipeline
            | "Shards" >> beam.Create(list(numbers))
            | "Spread" >> beam.Reshuffle()
            | "Score" >> beam.ParDo(_Score(task))
            | "Gather" >> beam.combiners.ToList()
            | "Note" >> beam.Map(_write_errors, task.folder)
        )
    _raise_first(work.folder / _ERRORS)
    yield from (done for number in numbers if (done := work.done(number)) is not None)


def _write_errors(errors: list[tuple[int, tuple[Any, ...]]], folder: str) -> None:
    """Write the errors to a file, because runners return results in different ways."""
    with atomic_file(Path(folder) / _ERRORS, 0o600) as made:
        made.write_text(json.dumps(sorted(errors, key=lambda each: each[0]), default=str), encoding="utf-8")


def _raise_first(file: Path) -> None:
    errors = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    if errors:
        raise DataError(*errors[0][1])
