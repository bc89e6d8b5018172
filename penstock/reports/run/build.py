"""Builds the report of a run from its facts; a damaged or missing artifact leaves out its own part only."""

from typing import Any

from penstock.core.artifact_types import ROW_COUNTS
from penstock.core.documents.analysis import Analysis
from penstock.core.documents.card import Card
from penstock.core.documents.data import RowCounts
from penstock.core.documents.training import Curves
from penstock.registry.cards.facts import Named, card_of
from penstock.registry.documents import settings
from penstock.reports.run import summary as parts
from penstock.reports.run.changes import changes, schema_changes
from penstock.reports.run.columns import columns, training_rows
from penstock.reports.run.document import Data, RunReport, Summary
from penstock.reports.run.facts import Facts


def build(facts: Facts) -> RunReport:
    """Return the report of a run; the same facts give the same report."""
    run, recorded, before = facts.run, facts.recorded, facts.previous
    summary = facts.attempt(
        "summary", lambda: parts.summary(facts), Summary(run=run.id, pipeline=run.pipeline, state="failed")
    )
    values: dict[str, Any] = {
        "verdict": facts.attempt("verdict", lambda: run.verdict() or parts.noted_verdict(facts.recorded)),
        "certificate": facts.attempt(
            "certificate", lambda: run.certificate() or parts.noted_certificate(facts.recorded)
        ),
        "previous": facts.attempt("previous", lambda: parts.previous(before, summary.metric)),
        "production": facts.production,
        "changes": facts.attempt("changes", lambda: changes(recorded, before) if before else (), ()),
        "data": _data(facts),
        "leaderboard": facts.attempt("leaderboard", run.leaderboard),
        "curves": facts.attempt("curves", lambda: _curves(facts)),
        "trials": facts.attempt("trials", run.trials, ()),
        "analysis": facts.attempt("analysis", lambda: _analysis(facts)),
        "costs": facts.attempt("costs", lambda: parts.costs(facts.configuration), (1.0, 1.0)),
        "nodes": facts.attempt("nodes", lambda: parts.nodes(recorded), ()),
        "configuration": facts.attempt("configuration", lambda: _settings(facts), {}),
        "packages": facts.attempt("packages", lambda: dict(recorded.detail("packages") or {}), {}),
        "place": facts.attempt("place", lambda: parts.place(recorded), {}),
        "card": facts.attempt("card", lambda: _card(facts, summary), Card(name=run.pipeline)),
    }
    return RunReport(summary=summary, **values, problems=tuple(facts.problems))


def _data(facts: Facts) -> Data:
    run, recorded, before = facts.run, facts.recorded, facts.previous
    drift = facts.attempt("drift", run.drift)
    version = before.version if before else None
    earlier = facts.attempt(
        "statistics of the earlier version",
        lambda: training_rows(before, version) if before is not None and version is not None else None,
        None,
    )
    return Data(
        counts=facts.attempt("row counts", lambda: _row_counts(facts)),
        split=facts.attempt("splits", run.split),
        reading=facts.attempt("reading", run.reading),
        quarantined=facts.attempt("quarantine", lambda: run.quarantined),
        columns=facts.attempt("statistics", lambda: columns(recorded, earlier, parts.roles(facts), drift), ()),
        anomalies=facts.attempt("anomalies", run.anomalies),
        drift=drift,
        schema_changes=facts.attempt(
            "schema", lambda: schema_changes(recorded, before) if before is not None else None, None
        ),
    )


def _row_counts(facts: Facts) -> RowCounts | None:
    folder = facts.recorded.folder(ROW_COUNTS)
    return RowCounts.read(folder) if folder else None


def _curves(facts: Facts) -> Curves | None:
    """Return the losses by epoch; None for a family that has none."""
    folder = facts.recorded.folder("ModelRun")
    return Curves.read(folder) if folder and (folder / Curves.FILE).is_file() else None


def _analysis(facts: Facts) -> Analysis | None:
    file = facts.analysis
    return Analysis.parse(file.read_bytes(), str(file)) if file else None


def _settings(facts: Facts) -> dict[str, Any]:
    return dict(settings(facts.configuration))


def _card(facts: Facts, summary: Summary) -> Card:
    found = facts.recorded.experiment
    certificate = (found.get("evaluations") or {}).get("certificate") or {}
    digest = str(certificate.get("model") or "")
    model = Named(facts.run.pipeline, str(summary.version or ""), digest, summary.started[:10])
    return card_of(found, facts.config.card, model)
