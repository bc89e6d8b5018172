"""ServingValidator: compares a prediction server of the model with the model, before the model is pushed.

The server that `penstock serve` runs is started on the candidate, and gets golden rows of the split `eval` in each form
of request, over its sockets. What it answers is compared with the graph of Transform and the model. The output is a
certificate, which Pusher writes into the version with the rows and with warm-up requests.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from absl import logging
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components import artifacts
from components.artifact_files import local_input, local_output
from components.in_process import split_files
from components.tfx_internals import is_blessed, serving_model_folder
from modules import golden, offline
from penstock.core.documents.certificate import Certificate, Form, Latency, Rows
from penstock.core.errors import GateError, PenstockError
from penstock.core.features import FeatureSpec
from penstock.core.packages import installed_packages
from penstock.parity import warm_up
from penstock.parity.blame import Offline, Predict, columns_of
from penstock.parity.checking import Servers, check
from penstock.parity.comparison import Mismatch
from penstock.parity.forms import COLUMNS, FORMS
from penstock.parity.golden import GoldenRows
from penstock.parity.latency import Limits, measure
from penstock.parity.refusal import refusal
from penstock.parity.selection import Chosen
from penstock.tables.examples.records import Part, RecordFile
from penstock.versions.record import WARM_UP, content_digest
from penstock.versions.signature import signatures_of

MODEL = "candidate"
_SPLIT = "eval"
_REQUESTS, _SECONDS = 100, 0.2
_WITH_BUDGET = (500, 5.0)
_PACKAGES = ("tensorflow", "tensorflow-transform", "tensorflow-serving-api")


@component
def ServingValidator(
    examples: InputArtifact[standard_artifacts.Examples],
    model: InputArtifact[standard_artifacts.Model],
    blessing: InputArtifact[standard_artifacts.ModelBlessing],
    transform_graph: InputArtifact[standard_artifacts.TransformGraph],
    certificate: OutputArtifact[artifacts.ServingCertificate],
    features: Parameter[str],
    settings: Parameter[str],
    code: Parameter[str],
) -> None:
    """Write the certificate, or raise a GateError if the server differs or is too slow; nothing for a refused model.

    Args:
        examples: The rows, with a split `eval`.
        model: The model.
        blessing: Whether it may be pushed.
        transform_graph: The output of Transform that it was fitted on.
        certificate: The certificate, the golden rows and the warm-up requests.
        features: The FeatureSpec as JSON.
        settings: JSON of `[serving]`, and the digest of the server's code.
        code: Fingerprint of this module, for the cache.
    """
    given = json.loads(settings)
    fileio.makedirs(certificate.uri)
    if not given["check"] or not is_blessed(blessing):
        logging.info("No certificate: %s.", "serving.check is false" if not given["check"] else "the model is refused")
        return
    folders = (serving_model_folder(model.uri), transform_graph.uri)
    with local_input(folders[0]) as saved, local_input(folders[1]) as graph, local_output(certificate.uri) as target:
        candidate = _Candidate(saved, graph, FeatureSpec.from_json(features), given)
        candidate.validate(split_files(examples, _SPLIT), target)


class _Candidate:
    """A model that may be pushed."""

    def __init__(self, model: Path, transform: Path, spec: FeatureSpec, settings: Mapping[str, Any]) -> None:
        self.model, self.transform, self.spec, self.settings = model, transform, spec, settings

    def validate(self, files: Sequence[str], target: Path) -> None:
        """Write certificate, rows and warm-up requests into a folder.

        Raises:
            GateError: The server differs or is too slow.
        """
        # The stack is closed after the thread has ended, which adds to it.
        with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
            # The server loads the model, and compiles its signatures, while this thread chooses the rows and computes
            # what is expected.
            started = pool.submit(_started, stack, self.model)
            chosen = golden.choose(files, self.spec, self.settings["rows"])
            rows = golden.golden_rows(chosen.examples, self.spec, self._inputs())
            compiled = pool.submit(_compile, started, rows.part(0, 1))
            predict = offline.predictor(str(self.model), str(self.transform), self.spec)
            rows = rows.expecting(predict(rows.serialized()))
            servers = compiled.result()
            forms = self._compare(servers, rows, predict)
            latency = self._latency(servers, rows)
        for each in latency:
            _check_budget(each)
        document = Certificate(
            model=content_digest(self.model),
            server=self.settings["server"],
            rows=_rows(chosen, rows),
            tolerance=self.settings["tolerance"],
            forms=tuple(forms),
            latency=latency,
            versions=_versions(),
        )
        (target / Certificate.FILE).write_text(document.text(), encoding="utf-8")
        (target / GoldenRows.FILE).write_bytes(rows.content())
        if self.settings["warm_up"]:
            _write_records(target / WARM_UP.name, list(warm_up.records(rows, MODEL)))

    def _compare(self, servers: Servers, rows: GoldenRows, predict: Predict) -> list[Form]:
        """Return the differences by form.

        Raises:
            GateError: One is above the tolerance.
        """
        tolerance = self.settings["tolerance"]
        forms, finding = check(servers, rows, tolerance)
        if finding is None:
            return forms
        columns: list[str] = []
        if finding.difference is not None:
            row = rows.part(finding.difference.row, finding.difference.row + 1)
            [(form, server)] = [each for each in servers.forms if each[0].name == finding.form]
            columns = columns_of(form, server, row, Offline(predict, golden.without), tolerance)
        raise refusal(finding, rows, columns)

    def _inputs(self) -> dict[str, Any]:
        signatures = signatures_of(self.model)
        if COLUMNS not in signatures:
            received = ", ".join(signatures) or "none"
            next_step = "export it as modules/signatures.py does"
            raise GateError("the model", f"the signature {COLUMNS}", received, next_step)
        inputs: dict[str, Any] = signatures[COLUMNS]["inputs"]
        return inputs

    def _latency(self, servers: Servers, rows: GoldenRows) -> tuple[Latency, ...]:
        budget = self.settings["p99_ms"]
        limits = Limits(_REQUESTS, _SECONDS) if budget is None else Limits(*_WITH_BUDGET, budget)
        measured = {"JSON rows": servers.rest, "columns over gRPC": servers.grpc}
        return tuple(
            measure(form, measured[form.name], rows, limits) for form in FORMS if measured.get(form.name) is not None
        )


def _started(stack: ExitStack, model: Path) -> Servers:
    """Start the server."""
    from components.candidate_server import serving  # a run that takes the certificate from the cache needs no server

    return stack.enter_context(serving(model, MODEL))


def _compile(started: Future[Servers], row: GoldenRows) -> Servers:
    """Send the server one row for each signature, in turn: the client has one connection."""
    servers = started.result()
    for form, server in servers.forms:
        if form.over == "rest":
            with suppress(PenstockError, Mismatch):  # the comparison reports it
                form.send(server, row)
    return servers


def _versions() -> dict[str, str]:
    installed = installed_packages()
    return {name: installed[name] for name in _PACKAGES if name in installed}


def _rows(chosen: Chosen, rows: GoldenRows) -> Rows:
    return Rows(
        rows=len(rows), of=chosen.of, digest=rows.digest, categories=chosen.categories, left_out=chosen.left_out
    )


def _check_budget(latency: Latency) -> None:
    if latency.budget_ms is not None and latency.p99_ms > latency.budget_ms:
        raise GateError(
            f"the latency of one row as {latency.form}",
            f"a p99 of at most {latency.budget_ms:g} ms (serving.p99_ms)",
            f"{latency.p99_ms:g} ms, with a median of {latency.p50_ms:g} ms",
            "run again if the machine was busy, choose a smaller model, or raise the budget",
        )


def _write_records(file: Path, records: Sequence[bytes]) -> None:
    with RecordFile(file, compress=False) as written:
        written.append(Part.of(pa.array(records, pa.binary()), compress=False))
