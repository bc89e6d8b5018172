"""`penstock predict FILE --url ADDRESS`: score the rows of a file with a model on a server."""

import hashlib
import json
import sys
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from penstock.core.text import counted, printable
from pipeline.cli.bearer import token_in
from pipeline.cli.options import DEFAULT_CONFIG
from pipeline.cli.printing import print_json
from pipeline.cli.scored import Places, print_findings, reported, row_progress, silence, to_standard_output

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.serving.batch.score import Job
    from penstock.serving.model.document import Document
    from penstock.serving.model.findings import Findings
    from penstock.serving.remote.scorer import RemoteScorer, Server


@dataclass(frozen=True)
class Remote:
    """The options of a server.

    Attributes:
        url: Its address.
        grpc: Whether to use gRPC.
        parallel: The number of requests at a time.
        any_version: Whether several versions may answer.
        token_file: The file with the token.
        restart: Whether to score all rows again.
    """

    url: str
    grpc: bool
    parallel: int
    any_version: bool
    token_file: Path | None
    restart: bool


@dataclass(frozen=True)
class Scored:
    """The result of scoring a file; as that of `penstock predict`, with the versions and the rows of before."""

    rows: int
    kept: int
    outputs: list[str]
    columns: list[str]
    findings: "Findings"
    computed: list[str]
    taken: list[str]
    versions: list[int]


def predict_remote(places: Places, remote: Remote, *, size: int, as_json: bool, debug: bool) -> None:
    """Score the rows, and print what `penstock predict` prints."""
    began = time.monotonic()
    config = _loaded(places)
    server = _server(places, remote, config)
    with ExitStack() as stack:
        stack.enter_context(nullcontext() if places.output else to_standard_output())
        screen = stack.enter_context(nullcontext(sys.stderr) if debug else silence())
        scored = _score(places, remote, server, config, size=size, screen=None if as_json else screen)
        seconds = time.monotonic() - began
        if not as_json:
            print_findings(screen, scored)
            before = f", {scored.kept:,} of them before an interruption" if scored.kept else ""
            versions = " and ".join(map(str, scored.versions)) or "none: all were scored before"
            who = f"version {versions} of {server.address.name} on {server.address.server}"
            where = places.output or "standard output"
            screen.write(
                printable(f"Scored {counted(scored.rows, 'row')}{before} with {who} in {seconds:.1f} s: {where}") + "\n"
            )
            return
    print_json(_result(scored, server, places, seconds))


def _loaded(places: Places) -> "Config | None":
    """Return the configuration; None with the folder of a model, or if there is none under the usual name."""
    from penstock.config.loading import load

    is_named = places.config != DEFAULT_CONFIG or places.settings
    if places.model is not None or not (is_named or places.config.exists()):
        return None
    return load(places.config, places.settings or ())


def _server(places: Places, remote: Remote, config: "Config | None") -> "Server":
    from penstock.serving.remote.address import parse
    from penstock.serving.remote.scorer import Server

    address = parse(remote.url, config.name if config else None, places.version)
    return Server(address, remote.grpc, remote.parallel, token_in(remote.token_file), remote.any_version)


def _score(
    places: Places, remote: Remote, server: "Server", config: "Config | None", *, size: int, screen: TextIO | None
) -> Scored:
    from penstock.serving.batch.output import is_text, open_output
    from penstock.serving.batch.rows import open_rows
    from penstock.serving.batch.score import Job, check_columns, output_names, predict
    from penstock.serving.model.findings import Findings
    from penstock.serving.model.versions import ModelVersion
    from penstock.serving.remote.parts import Parts, score_parts
    from penstock.serving.remote.scorer import connected

    with ExitStack() as stack:
        answering = stack.enter_context(connected(server))
        folder = _folder(places, config, answering.signature.version)
        document = _document(answering, folder)
        name = f"version {answering.signature.version}"
        rows = stack.enter_context(open_rows(places.file, document, reader=name, as_written=is_text(places.output)))
        findings = Findings.of(document, folder or Path())
        model = ModelVersion(folder or Path(), answering.signature.version)
        job = Job(str(places.file), rows, model, answering.scorer, findings, document.sources)
        check_columns(job)
        bar = stack.enter_context(row_progress(screen, f"Scoring with {name} on {server.address.host}"))
        kept = 0
        if places.output is None:
            bar.start(rows.count)
            with open_output(None) as target:
                predict(job, target, size=size, on_rows=bar.advance, parallel=remote.parallel)
        else:
            signature = _identity(server, answering)
            parts = Parts(places.file, places.output, signature, size, remote.parallel, remote.restart)
            _, kept = score_parts(job, parts, bar.start, bar.advance)
        versions = sorted(answering.versions)
        return Scored(
            rows.count, kept, list(answering.scorer.outputs), output_names(job), findings, *_computed(job), versions
        )


def _folder(places: Places, config: "Config | None", version: int) -> Path | None:
    """Return the folder of the version that answers, if it is here."""
    if places.model is not None or config is None:
        return places.model
    folder = config.path(config.push.directory) / str(version)
    return folder if folder.is_dir() else None


def _document(answering: "RemoteScorer", folder: Path | None) -> "Document":
    """Return the inputs by the document of the version, if it is here, and else by the signature."""
    from penstock.serving.model.document import load
    from penstock.serving.model.scorer import document_of_signature

    found = load(folder) if folder is not None else None
    return found or document_of_signature(answering.scorer)


def _identity(server: "Server", answering: "RemoteScorer") -> str:
    version = None if server.any_version else answering.signature.version
    signature = [sorted(answering.signature.inputs), sorted(answering.signature.outputs)]
    text = json.dumps([server.address.name, version, signature])
    return hashlib.sha256(text.encode()).hexdigest()


def _computed(job: "Job") -> tuple[list[str], list[str]]:
    wanted = job.rows.wanted
    computed = [each.input.name for each in wanted if each.is_computed]
    return computed, [each.input.name for each in wanted if each.replaces_computation]


def _result(scored: Scored, server: "Server", places: Places, seconds: float) -> dict[str, object]:
    return {
        "rows": scored.rows,
        "rows_before_interruption": scored.kept,
        "model": {"versions": scored.versions, "url": str(server.address)},
        "output": str(places.output),
        "seconds": round(seconds, 3),
        **reported(scored),
    }
