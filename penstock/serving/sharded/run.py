"""A scoring from the source to the target: planned once, scored in shards by any runner, checked, then published."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from penstock.core.errors import ConfigError, DataError
from penstock.core.fingerprint import fingerprint
from penstock.core.urls import mask_password
from penstock.serving.batch.rows import Selection, select
from penstock.serving.batch.score import Job, output_names
from penstock.serving.model import document as documents
from penstock.serving.model import scorer
from penstock.serving.model.document import Document
from penstock.serving.model.findings import Findings
from penstock.serving.model.versions import ModelVersion
from penstock.serving.sharded import publish
from penstock.serving.sharded.shards import RUN, Task, job_of, require_each
from penstock.serving.sharded.source import check_rows, open_source
from penstock.serving.sharded.work import MODEL, SETTINGS, SOURCE, Manifest, Outcome, Work, beginning, open_work
from penstock.tables.databases.target import Target, open_target
from penstock.tables.examples.shards import Plan, Shard, plan_shards, shard_size
from penstock.tables.files.find import find, is_partitioned
from penstock.tables.input import Input
from penstock.tables.rows import identity_of
from penstock.tables.splitting import Assignment
from penstock.tables.sql import quoted
from penstock.tables.table import Table
from penstock.versions.digest import model_digest

BATCH_SIZE = 8192
# Fewer and larger than those of examples: opening one costs as much as scoring 5,000 rows.
_SHARDS = 8
Runner = Callable[[Task, Sequence[int]], Iterable[Outcome]]


@dataclass(frozen=True)
class Scoring:
    """What is scored, with what, and where the rows go.

    Attributes:
        source: The source.
        model: The version of the model and its folder.
        target: A file, or a table of a database.
        folder: The work folder.
        size: The number of rows per batch.
        restart: Whether to score all rows again if an earlier scoring was interrupted.
    """

    source: Input
    model: ModelVersion
    target: Path | Target
    folder: Path
    size: int = BATCH_SIZE
    restart: bool = False

    @property
    def ending(self) -> str:
        """The format of the target; empty for a database."""
        return self.target.suffix.lower() if isinstance(self.target, Path) else ""


@dataclass(frozen=True)
class Scored:
    """The result of a scoring.

    Attributes:
        run: Its id.
        time: When it began, in ISO 8601.
        rows: The number of rows.
        shards: The number of shards.
        kept: The number of rows that were scored before an interruption.
        outputs: The names of the predictions in the model.
        columns: The names of the predictions in the target.
        findings: Unseen and out-of-range values of the rows.
        computed: The inputs that were computed from the source's columns, as in training.
        taken: The inputs that training computes and that the source has.
    """

    run: str
    time: str
    rows: int
    shards: int
    kept: int
    outputs: list[str]
    columns: list[str]
    findings: Findings
    computed: list[str]
    taken: list[str]


@dataclass(frozen=True)
class Progress:
    """What is called while rows are scored.

    Attributes:
        started: Called with the number of rows, and of those that were scored before an interruption.
        advance: Called with the number of rows of each further shard.
    """

    started: Callable[[int, int], None] = lambda rows, kept: None
    advance: Callable[[int], None] = lambda rows: None


@dataclass(frozen=True)
class _Prepared:
    """A scoring whose shards are known.

    Attributes:
        manifest: Its manifest.
        task: What the workers get.
        job: The first shard.
        names: The columns of the scored rows.
    """

    manifest: Manifest
    task: Task
    job: Job
    names: list[str]


def score(scoring: Scoring, runner: Runner, now: datetime, progress: Progress | None = None) -> Scored:
    """Score all rows of a source into a target, or the rest of them if a scoring was interrupted.

    Args:
        scoring: What is scored, with what, and where the rows go.
        runner: Scores the shards of the given numbers, and gives their outcomes in any order.
        now: The time of scoring, for all rows.
        progress: What is called meanwhile.

    Raises:
        ConfigError: An interrupted scoring was of another source, model or settings, or the target cannot be written.
        DataError: A row cannot be read or scored, or rows were lost; nothing is published.
    """
    with open_work(scoring.folder) as work:
        if scoring.restart:
            _discard(scoring, work)
        with _nothing_left(work):
            digests = _digests(scoring)
            prepared = _prepare(scoring, work, digests, now)
        kept, outcomes = _run(prepared, work, runner, progress or Progress())
        require_each(outcomes, len(prepared.task.plan.shards), prepared.manifest.rows, scoring.source.name)
        _check_unchanged(scoring, digests)
        if isinstance(scoring.target, Path):
            publish.to_file(work, outcomes, scoring.target, prepared.names)
        else:
            publish.to_table(work, outcomes, scoring.target, prepared.manifest.run)
        work.remove()
    return _scored(prepared, outcomes, kept)


@contextmanager
def _nothing_left(work: Work) -> Iterator[None]:
    """Remove the work folder if an error leaves the block before there is a manifest."""
    try:
        yield
    except BaseException:
        if not work.has_begun:
            work.remove()
        raise


def _prepare(scoring: Scoring, work: Work, digests: Mapping[str, str], now: datetime) -> _Prepared:
    """Return the scoring with its shards: those of the manifest, or new ones."""
    known = beginning(work, digests)
    document, is_documented = _document(scoring.model)
    with open_source(scoring.source, document, work.folder) as table:
        selection = select(table, document, reader=str(scoring.model), as_written=scoring.ending in (".csv", ".tsv"))
        if known is None:
            plan = _cut(table, selection, work.folder)
            manifest = _manifest(plan, check_rows(table), digests, now)
        else:
            plan, manifest = _known_plan(table, selection, known), known
        parts = (scoring.model, digests[MODEL], str(work.folder), scoring.ending)
        task = Task(plan, selection, document, is_documented, *parts, manifest.run, manifest.time, scoring.size)
        job = job_of(task, 0)  # reports columns that do not fit before any row is scored
        names = [*selection.names, *output_names(job), *task.constants]
        if isinstance(scoring.target, Target):
            _check_table(scoring.target, table, names)
    if known is None:
        work.begin(manifest)
    return _Prepared(manifest, task, job, names)


def _document(model: ModelVersion) -> tuple[Document, bool]:
    """Return the inputs of a model, and whether they are those of its document, or else of its signature."""
    found = documents.load(model.directory)
    return (found, True) if found else (scorer.document_of_signature(scorer.load(model)), False)


def _cut(table: Table, selection: Selection, folder: Path) -> Plan:
    size = shard_size(sum(path.stat().st_size for path in table.files.paths), _SHARDS)
    return plan_shards(table, Assignment((), selection.sql), folder / "result", size=size, unpack=True)


def _manifest(plan: Plan, rows: int, digests: Mapping[str, str], now: datetime) -> Manifest:
    run = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
    shards = tuple((str(shard.path), shard.start, shard.stop) for shard in plan.shards)
    return Manifest(run, now.isoformat(timespec="seconds"), digests, rows, shards, plan.split is None)


def _known_plan(table: Table, selection: Selection, known: Manifest) -> Plan:
    shards = tuple(Shard(Path(path), start, stop) for path, start, stop in known.shards)
    split = None if known.is_result else selection.sql
    return Plan(table.files, table.query, table.interpretation, table.declared, split, shards)


def _digests(scoring: Scoring) -> dict[str, str]:
    target = scoring.target
    settings = {
        "ending": scoring.ending,
        "size": scoring.size,
        "table": [mask_password(target.url), target.table, *target.key] if isinstance(target, Target) else [],
        "code": fingerprint(__name__),
    }
    return {
        SOURCE: _source_digest(scoring),
        MODEL: model_digest(scoring.model.directory),
        SETTINGS: hashlib.sha256(json.dumps(settings).encode()).hexdigest(),
    }


def _source_digest(scoring: Scoring) -> str:
    """Return the digest of the rows of files; of a database that of its address, because its rows are fetched once."""
    source = scoring.source
    asked = json.dumps([source.shown if source.is_remote else "", source.table, source.query])
    rows = (
        ""
        if source.is_remote
        else identity_of(source, find(source.source, partitions=is_partitioned(source.source))).digest
    )
    return hashlib.sha256(f"{asked}{rows}".encode()).hexdigest()


def _check_unchanged(scoring: Scoring, digests: Mapping[str, str]) -> None:
    if _source_digest(scoring) != digests[SOURCE]:
        remedy = "score all rows again with --restart"
        raise DataError(scoring.source.name, "rows that stay as they are", "a change while they were scored", remedy)


def _check_table(target: Target, table: Table, names: Sequence[str]) -> None:
    """Raise an error if the target does not fit the scored rows, or two rows have the same key."""
    with open_target(target) as opened:
        opened.check(names)
    added = [name for name in target.key if name not in {column.name for column in table.columns}]
    if added:
        raise ConfigError("--key", "columns of the source", repr(added[0]), "name columns that identify a row")
    if target.key:
        keys = ", ".join(map(quoted, target.key))
        missing = " OR ".join(f"{quoted(name)} IS NULL" for name in target.key)
        [(rows, distinct, without)] = table.select(
            f"count(*), count(DISTINCT ({keys})), count(*) FILTER (WHERE {missing})"
        )
        if without or distinct != rows:
            received = f"{without:,} rows without one" if without else f"{distinct:,} keys in {rows:,} rows"
            expected = f"a key in {', '.join(target.key)} for each row"
            raise DataError(table.name, expected, received, "correct --key, or append without it")


def _run(prepared: _Prepared, work: Work, runner: Runner, progress: Progress) -> tuple[int, list[Outcome]]:
    """Score the shards that are not done; return the number of rows that were, and all outcomes in order."""
    numbers = range(len(prepared.task.plan.shards))
    outcomes = {number: done for number in numbers if (done := work.done(number)) is not None}
    kept = sum(outcome.rows for outcome in outcomes.values())
    progress.started(prepared.manifest.rows, kept)
    waiting = [number for number in numbers if number not in outcomes]
    for outcome in runner(prepared.task, waiting) if waiting else ():
        outcomes[outcome.number] = outcome
        progress.advance(outcome.rows)
    return kept, [outcomes[number] for number in sorted(outcomes)]


def _discard(scoring: Scoring, work: Work) -> None:
    """Remove what an interrupted scoring left: its shards, and the rows that it has appended to a table."""
    known = work.manifest()
    if known is not None and isinstance(scoring.target, Target):
        with open_target(scoring.target) as table:
            table.discard(known.run, RUN)
    work.clear()


def _scored(prepared: _Prepared, outcomes: Sequence[Outcome], kept: int) -> Scored:
    manifest, job, wanted = prepared.manifest, prepared.job, prepared.task.selection.wanted
    for outcome in outcomes:
        job.findings.merge(outcome.rows, outcome.counts)
    return Scored(
        manifest.run,
        manifest.time,
        manifest.rows,
        len(outcomes),
        kept,
        list(job.scorer.outputs),
        output_names(job),
        job.findings,
        [each.input.name for each in wanted if each.is_computed],
        [each.input.name for each in wanted if each.replaces_computation],
    )
