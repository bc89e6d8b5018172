"""ServingValidator: compares a prediction server of the model with the model, before the model is pushed.

The server that `penstock serve` runs is started on the candidate, and gets golden rows of the split `eval` in each form
of request, over its sockets. What it answers is compared with the graph of Transform and the model. The output is a
certificate, which Pusher writes into the version with the rows and with warm-up requests.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
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
from components.candidate_server import MODEL, serving
from components.in_process import split_files
from components.tfx_internals import is_blessed, serving_model_folder
from modules import golden, offline
from penstock.core.documents.certificate import Certificate, Latency, Rows
from penstock.core.errors import GateError
from penstock.core.features import FeatureSpec
from penstock.parity import warm_up
from penstock.parity.blame import Offline, columns_of
from penstock.parity.checking import Finding, Servers, check, shown
from penstock.parity.forms import COLUMNS, FORMS
from penstock.parity.golden import GoldenRows
from penstock.parity.latency import measure
from penstock.parity.selection import Chosen
from penstock.tables.examples.records import Part, RecordFile
from penstock.versions.record import WARM_UP, content_digest
from penstock.versions.signature import signatures_of

_SPLIT = "eval"
_REQUESTS, _SECONDS = 200, 0.2
_WITH_BUDGET = (500, 5.0)
_PACKAGES = ("tensorflow", "tensorflow-transform", "tensorflow-serving-api")
_DOCUMENTATION = "see docs/tasks/certificate.md"


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
        self.model, self.spec, self.settings = model, spec, settings
        self.predict = offline.predictor(str(model), str(transform), spec)

    def validate(self, files: Sequence[str], target: Path) -> None:
        """Write certificate, rows and warm-up requests into a folder.

        Raises:
            GateError: The server differs or is too slow.
        """
        chosen = golden.choose(files, self.spec, self.settings["rows"])
        rows = golden.golden_rows(chosen.examples, self.spec, self._inputs(), self.predict)
        with serving(self.model) as servers:
            forms, finding = check(servers, rows, self.settings["tolerance"])
            if finding is not None:
                raise difference(finding, rows, self._columns(servers, finding, rows))
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
            versions={name: version(name) for name in _PACKAGES},
        )
        (target / Certificate.FILE).write_text(document.text(), encoding="utf-8")
        (target / GoldenRows.FILE).write_bytes(rows.content())
        if self.settings["warm_up"]:
            _write_records(target / WARM_UP.name, list(warm_up.records(rows, MODEL)))

    def _inputs(self) -> dict[str, Any]:
        signatures = signatures_of(self.model)
        if COLUMNS not in signatures:
            received = ", ".join(signatures) or "none"
            raise GateError("the model", f"the signature {COLUMNS}", received, "export it as modules/signatures.py does")
        inputs: dict[str, Any] = signatures[COLUMNS]["inputs"]
        return inputs

    def _columns(self, servers: Servers, finding: Finding, rows: GoldenRows) -> list[str]:
        """Return the columns that a difference comes from, as far as they can be found."""
        if finding.difference is None:
            return []
        row = rows.part(finding.difference.row, finding.difference.row + 1)
        [(form, server)] = [each for each in servers.forms if each[0].name == finding.form]
        return columns_of(form, server, row, Offline(self.predict, golden.without), self.settings["tolerance"])

    def _latency(self, servers: Servers, rows: GoldenRows) -> tuple[Latency, ...]:
        budget = self.settings["p99_ms"]
        requests, seconds = (_REQUESTS, _SECONDS) if budget is None else _WITH_BUDGET
        measured = {"JSON rows": servers.rest, "columns over gRPC": servers.grpc}
        return tuple(
            measure(form, measured[form.name], rows, requests=requests, seconds=seconds, budget_ms=budget)
            for form in FORMS
            if measured.get(form.name) is not None
        )


def _rows(chosen: Chosen, rows: GoldenRows) -> Rows:
    return Rows(
        rows=len(rows), of=chosen.of, digest=rows.digest, categories=chosen.categories, left_out=chosen.left_out
    )


def difference(finding: Finding, rows: GoldenRows, columns: Sequence[str]) -> GateError:
    """Return the error of a server that differs.

    Args:
        finding: What differs.
        rows: The golden rows.
        columns: The columns that the difference comes from; empty if it is not known.
    """
    what = f"the server's answer to {finding.form}"
    if finding.difference is None:
        return GateError(what, finding.expected, finding.received, _DOCUMENTATION)
    row = rows.row(finding.difference.row)
    culprits = " and ".join(f"{name} = {shown(row[name])}" for name in columns)
    what += f", golden row {finding.difference.row + 1}{f', column {culprits}' if culprits else ''}"
    details = () if columns else tuple(f"{name} = {shown(value)}" for name, value in row.items())
    return GateError(what, finding.expected, finding.received, _DOCUMENTATION, details)


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


