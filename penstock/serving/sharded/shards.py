"""Scores one shard of a source into a file, in any process that has the source, the model and the work folder."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from penstock.core.errors import DataError
from penstock.serving.batch.formats import ArrowWriter, DelimitedWriter, JsonWriter, Writer
from penstock.serving.batch.output import open_output
from penstock.serving.batch.rows import Selection
from penstock.serving.batch.score import Job, check_columns, predict
from penstock.serving.model import scorer
from penstock.serving.model.document import Document
from penstock.serving.model.findings import Findings
from penstock.serving.model.scorer import Scorer
from penstock.serving.model.versions import ModelVersion
from penstock.serving.sharded.source import ShardRows
from penstock.serving.sharded.work import Outcome, Work
from penstock.tables.examples.shards import Plan

VERSION, RUN, TIME = "model_version", "scoring_run", "scored_at"
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_JSON = (".jsonl", ".ndjson", ".json")
_loading = threading.Lock()


@dataclass(frozen=True)
class Task:
    """A scoring, as each worker gets it.

    Attributes:
        plan: The shards of the source.
        selection: The columns to write out and the inputs of the model.
        document: The inputs of the model.
        is_documented: Whether the model has a document of its inputs, and so a signature for examples that fits it.
        model: The version of the model and its folder.
        digest: The digest of the model's files.
        folder: The work folder.
        ending: The format of the target; empty for a database.
        run: The id of the scoring.
        time: When it began, in ISO 8601.
        size: The number of rows per batch.
    """

    plan: Plan
    selection: Selection
    document: Document
    is_documented: bool
    model: ModelVersion
    digest: str
    folder: str
    ending: str
    run: str
    time: str
    size: int

    @property
    def is_text(self) -> bool:
        """Whether the rows become text, which is written as it stands in a delimited source."""
        return self.ending in _DELIMITERS or self.ending in _JSON

    @property
    def constants(self) -> dict[str, pa.Scalar]:
        """The columns that scoring adds, next to the predictions."""
        version, moment = self.model.version, datetime.fromisoformat(self.time)
        return {
            VERSION: pa.scalar(self.model.directory.absolute().name if version is None else version),
            RUN: pa.scalar(self.run),
            TIME: pa.scalar(self.time) if self.is_text else pa.scalar(moment, pa.timestamp("us", "UTC")),
        }


def score_shard(task: Task, number: int) -> Outcome:
    """Score the rows of a shard into its file, unless that is done, and return the outcome.

    Raises:
        DataError: A row cannot be read or scored; the sentence names the file and the line.
    """
    work = Work(Path(task.folder))
    if (done := work.done(number)) is not None:
        return done
    job = job_of(task, number)
    with open_output(work.file(number), lambda stream: shard_writer(task.ending, stream), name=task.folder) as output:
        rows = predict(job, output, size=task.size)
    return work.finish(number, rows, job.findings.counts)


def job_of(task: Task, number: int) -> Job:
    """Return the rows of a shard and the model.

    Raises:
        DataError: The columns of the source do not fit the model.
    """
    rows = ShardRows(task.plan, task.plan.shards[number], task.selection)
    findings = Findings.of(task.document, task.model.directory)
    job = Job(
        task.plan.files.source,
        rows,
        task.model,
        _loaded(task),
        findings,
        task.document.sources,
        task.constants,
    )
    check_columns(job)
    return job


def in_threads(task: Task, numbers: Sequence[int], workers: int) -> Iterator[Outcome]:
    """Score shards in threads of this process, and yield their outcomes in the order of the numbers."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(lambda number: score_shard(task, number), numbers)
    finally:
        pool.shutdown(cancel_futures=True)


def require_each(outcomes: Sequence[Outcome], shards: int, rows: int, name: str) -> None:
    """Raise a DataError unless each shard was scored once, and all rows of the source with them."""
    if [outcome.number for outcome in outcomes] != list(range(shards)):
        remedy = "start the command again, which continues"
        raise DataError(name, f"the outcomes of {shards} shards", f"{len(outcomes)}", remedy)
    scored = sum(outcome.rows for outcome in outcomes)
    if scored != rows:
        remedy = "take sampling out of the query, or score all rows again with --restart"
        raise DataError(name, f"{rows:,} scored rows, one for each row", f"{scored:,}", remedy)


def _loaded(task: Task) -> Scorer:
    with _loading:
        return _load(task.model, task.is_documented, task.digest)


# One model at a time; its digest distinguishes it from another one that is pushed under its number.
@lru_cache(maxsize=1)
def _load(model: ModelVersion, is_documented: bool, digest: str) -> Scorer:
    loaded = scorer.load(model)
    # Serialized examples need the column names of training, which are unknown without a document.
    return loaded if is_documented else replace(loaded, examples=None)


def shard_writer(ending: str, stream: BinaryIO) -> Writer:
    """Return the writer of a shard: text without a header, or an Arrow file."""
    if ending in _DELIMITERS:
        return DelimitedWriter(stream, _DELIMITERS[ending], header=False)
    return JsonWriter(stream) if ending in _JSON else ArrowWriter(stream)
