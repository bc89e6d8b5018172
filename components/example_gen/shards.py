"""The examples of a table as a Beam pipeline: its elements are shards of the table, and each becomes files of its own.

No element per row and no shuffle of rows: on every runner a row costs the same as without Beam. The workers need
the files of the source, and the folder of the examples, under the same names as here.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam

from penstock.core.errors import DataError, PenstockError
from penstock.core.files import atomic_file
from penstock.tables.examples.shards import Plan, plan_shards
from penstock.tables.examples.write import require_rows, write_shard
from penstock.tables.splits import Splits
from penstock.tables.splitting import assign
from penstock.tables.table import Table


@dataclass(frozen=True)
class Outcome:
    """The result of one shard: the number of rows in each split, or the parts of an error."""

    number: int
    rows: dict[str, int]
    error: tuple[Any, ...] = ()


class WriteShards(beam.PTransform):
    """Writes the shards of a plan, given by their numbers, into `Split-NAME/` folders; gives an outcome for each."""

    def __init__(self, made: Plan, names: tuple[str, ...], folder: str) -> None:
        super().__init__()
        self._write = _Write(made, names, folder)

    def expand(self, numbers: beam.PCollection) -> beam.PCollection:
        """Spread the shards over the workers and write each."""
        return numbers | "Spread" >> beam.Reshuffle() | "Write" >> beam.ParDo(self._write)


class _Write(beam.DoFn):
    def __init__(self, made: Plan, names: tuple[str, ...], folder: str) -> None:
        self._made, self._names, self._folder = made, names, folder

    def process(self, number: int) -> Iterator[Outcome]:
        try:
            yield Outcome(number, write_shard(self._made, number, self._names, Path(self._folder)))
        except PenstockError as error:
            # An error of the table does not go away at another attempt, and a runner would return it as text.
            yield Outcome(number, {}, error.args)


def write_by_shards(
    table: Table, splits: Splits, folder: Path, make_pipeline: Callable[[], beam.Pipeline], *, size: int | None = None
) -> dict[str, int]:
    """Write the table's rows as files of examples, one per shard and split; return the number of rows in each split.

    Raises:
        DataError: A row cannot be read or encoded, a shard was lost, or a split would be empty; no file is left then.
    """
    assigned, work_folder = assign(splits, table), folder / ".shards"
    try:
        made = plan_shards(table, assigned, work_folder, size=size)
        with make_pipeline() as pipeline:
            (
                pipeline
                | "Shards" >> beam.Create(range(len(made.shards)))
                | "Examples" >> WriteShards(made, assigned.names, str(folder))
                | "Gather" >> beam.combiners.ToList()
                | "Note" >> beam.Map(_write_outcomes, str(work_folder))
            )
        counts = _counts(_read_outcomes(work_folder), len(made.shards), assigned.names, table.name)
        require_rows(table, counts)
        _remove_partial_files(folder, assigned.names)
    except BaseException:
        for name in assigned.names:
            shutil.rmtree(folder / f"Split-{name}", ignore_errors=True)
        raise
    finally:
        shutil.rmtree(work_folder, ignore_errors=True)
    return counts


def _write_outcomes(outcomes: list[Outcome], folder: str) -> None:
    """Write the outcomes to a file, because runners return results in different ways."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with atomic_file(place / "outcomes.json", 0o600) as made:
        made.write_text(json.dumps([(each.number, each.rows, each.error) for each in outcomes]), encoding="utf-8")


def _read_outcomes(folder: Path) -> list[Outcome]:
    noted = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    return sorted((Outcome(number, rows, tuple(error)) for number, rows, error in noted), key=lambda each: each.number)


def _counts(outcomes: list[Outcome], shards: int, names: tuple[str, ...], what: str) -> dict[str, int]:
    for outcome in outcomes:
        if outcome.error:
            raise DataError(*outcome.error)
    if [outcome.number for outcome in outcomes] != list(range(shards)):
        received = f"{len(outcomes)} of {shards}"
        raise DataError(what, "each shard once from the Beam runner", received, "run again, or with another runner")
    return {name: sum(outcome.rows[name] for outcome in outcomes) for name in names}


def _remove_partial_files(folder: Path, names: tuple[str, ...]) -> None:
    """Remove the partial files of attempts that the runner gave up."""
    for name in names:
        for left in (folder / f"Split-{name}").glob(".*.writing"):
            left.unlink(missing_ok=True)
