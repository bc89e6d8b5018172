"""A file scored by a server in parts, each of which is kept, so that a scoring that was interrupted continues."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from penstock.core.fingerprint import fingerprint
from penstock.serving.batch.output import open_output
from penstock.serving.batch.rows import Batch, Rows
from penstock.serving.batch.score import Job, output_names, predict
from penstock.serving.model.casting import InputColumn
from penstock.serving.model.findings import Findings
from penstock.serving.sharded import publish
from penstock.serving.sharded.shards import require_each, shard_writer
from penstock.serving.sharded.work import MODEL, SETTINGS, SOURCE, Manifest, Outcome, Work, beginning, open_work

# So many batches are asked for again at most after an interruption.
BATCHES = 16


@dataclass(frozen=True)
class Parts:
    """How a file is scored in parts.

    Attributes:
        source: The file.
        target: The file for the scored rows.
        model: The address of the model and its version, which a scoring that continues has in common.
        size: The number of rows per batch.
        parallel: The number of requests at a time.
        restart: Whether to score all rows again if an earlier scoring was interrupted.
    """

    source: Path
    target: Path
    model: str
    size: int
    parallel: int
    restart: bool = False


class PartRows:
    """The next rows of a file."""

    def __init__(self, rows: Rows, batches: Iterator[Batch], start: int) -> None:
        """Take the rows of the file, its next batches, and the number of rows before them."""
        self.names: tuple[str, ...] = rows.names
        self.count = 0
        self.wanted: Sequence[InputColumn] = rows.wanted
        self._rows, self._batches, self._start = rows, batches, start

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the batches of this part."""
        yield from islice(self._batches, BATCHES)

    def where(self, row: int, column: str) -> tuple[str, str]:
        """Return the place of a value, and the value as text."""
        return self._rows.where(self._start + row, column)


def score_parts(
    job: Job, parts: Parts, started: Callable[[int, int], None], advance: Callable[[int], None]
) -> tuple[int, int]:
    """Score the rows of a file into another one, or the rest of them; return their number, and that of rows before.

    Args:
        job: The rows of the file, and the model.
        parts: How it is scored.
        started: Called with the number of rows, and of those that are scored already.
        advance: Called with the number of further rows.

    Raises:
        ConfigError: An interrupted scoring was of another file, model or settings, or the file cannot be written.
        DataError: A row cannot be read or scored; the file is unchanged.
    """
    target = parts.target.absolute()
    with open_work(target.with_name(f".{target.name}.scoring")) as work:
        if parts.restart:
            work.clear()
        digests = _digests(parts)
        if beginning(work, digests) is None:
            work.begin(Manifest("", "", digests, job.rows.count, ()))
        rows_of_part = parts.size * BATCHES
        numbers = range(-(-job.rows.count // rows_of_part))
        done = {number: found for number in numbers if (found := work.done(number)) is not None}
        kept = sum(outcome.rows for outcome in done.values())
        started(job.rows.count, kept)
        outcomes = list(_outcomes(job, parts, work, done, advance))
        require_each(outcomes, len(numbers), job.rows.count, job.name)
        publish.to_file(work, outcomes, target, [*job.rows.names, *output_names(job)], "--output")
        work.remove()
    job.findings.rows = 0
    for outcome in outcomes:
        job.findings.merge(outcome.rows, outcome.counts)
    return job.rows.count, kept


def _outcomes(
    job: Job, parts: Parts, work: Work, done: dict[int, Outcome], advance: Callable[[int], None]
) -> Iterator[Outcome]:
    """Yield the outcome of each part; the rows of those that are done are read, and not sent."""
    batches = iter(job.rows.batches(parts.size))
    ending = parts.target.suffix.lower()
    for number in range(-(-job.rows.count // (parts.size * BATCHES))):
        if number in done:
            for _ in islice(batches, BATCHES):
                pass
            yield done[number]
            continue
        rows: Any = PartRows(job.rows, batches, number * BATCHES * parts.size)
        part = replace(job, rows=rows, findings=Findings(job.findings.inputs, job.findings.vocabularies))
        with open_output(work.file(number), lambda stream: shard_writer(ending, stream), name="--output") as output:
            scored = predict(part, output, size=parts.size, on_rows=advance, parallel=parts.parallel)
        yield work.finish(number, scored, part.findings.counts)


def _digests(parts: Parts) -> dict[str, str]:
    with parts.source.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    settings = json.dumps([parts.target.suffix.lower(), parts.size, fingerprint(__name__)])
    return {SOURCE: content, MODEL: parts.model, SETTINGS: hashlib.sha256(settings.encode()).hexdigest()}
