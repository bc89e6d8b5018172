"""The first screen of a report, its nodes, and what else the record of a run says."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from penstock.core.documents.certificate import Certificate
from penstock.core.documents.verdict import Verdict
from penstock.core.urls import mask_password
from penstock.metadata.lineage import Run
from penstock.registry.recording.evaluations import verdict_of
from penstock.reports.run.document import NodeFact, Previous, State, Summary
from penstock.reports.run.facts import Facts, Recorded

_STATES: dict[str, State] = {"pushed": "pushed", "refused": "refused", "failed": "failed", "running": "failed"}


def summary(facts: Facts) -> Summary:
    """Return what was trained on what, and how it ended."""
    run, experiment = facts.run, facts.recorded.experiment
    data = experiment.get("data") or {}
    return Summary(
        run=run.id,
        experiment=str(experiment.get("name") or ""),
        pipeline=run.pipeline,
        state=state_of(facts.recorded),
        failure=str(facts.recorded.detail("failure") or ""),
        started=started(facts.recorded),
        seconds=round(run.seconds if run.nodes else float(facts.recorded.detail("seconds") or 0.0), 3),
        version=facts.recorded.version,
        folder=facts.recorded.version_folder,
        task=str(facts.setting("model", "task", "")),
        label=str(facts.setting("data", "label", "")),
        family=str(facts.setting("model", "family", "")),
        features=len(roles(facts)),
        metric=str(facts.setting("evaluation", "metric", "") or experiment.get("metric") or ""),
        rows=run.rows() or {str(split): int(count) for split, count in (data.get("rows") or {}).items()},
        source=str(data.get("source") or mask_password(str(facts.setting("data", "source", "")))),
        query=str(data.get("query") or facts.setting("data", "query", "")),
        files={str(name): str(digest) for name, digest in (data.get("files") or {}).items()},
        commit=str(experiment.get("commit") or ""),
        dirty=bool(facts.recorded.detail("dirty")),
    )


def started(recorded: Recorded) -> str:
    """Return when a run began: its first node, else what the registry has; empty if neither is known."""
    if recorded.run.nodes:
        return moment(recorded.run.started)
    noted = recorded.detail("started")
    return moment(datetime.fromisoformat(str(noted)).timestamp()) if noted else ""


def state_of(recorded: Recorded) -> State:
    """Return the outcome of a run: the recorded one, which knows the gates that refuse, else that of its nodes."""
    stated = recorded.experiment.get("state")
    if stated in ("pushed", "refused", "failed", "finished"):
        return _STATES.get(str(stated), "finished")
    return _STATES.get(recorded.run.state, "finished")


def noted_verdict(recorded: Recorded) -> Verdict | None:
    """Return the verdict of a run that is not in this metadata store, as far as the registry has it."""
    if recorded.run.nodes:
        return None
    slices = (recorded.experiment.get("configuration") or {}).get("evaluation", {}).get("slices") or []
    return verdict_of(recorded.experiment.get("evaluations") or {}, slices)


def noted_certificate(recorded: Recorded) -> Certificate | None:
    """Return the certificate of a run that is not in this metadata store, if the registry has it."""
    found = None if recorded.run.nodes else (recorded.experiment.get("evaluations") or {}).get("certificate")
    return Certificate.parse(json.dumps(found).encode(), "the registry") if found else None


def roles(facts: Facts) -> dict[str, str]:
    """Return the role of each feature."""
    found = facts.configuration.get("features") or facts.config.features
    return {str(name): str(role) for name, role in found.items()}


def previous(before: Recorded | None, metric: str) -> Previous | None:
    """Return the version that a run is compared with."""
    if before is None or before.version is None:
        return None
    value = ((before.experiment.get("evaluations") or {}).get("overall") or {}).get(metric)
    return Previous(
        run=before.run.id,
        version=before.version,
        value=value if isinstance(value, int | float) else None,
    )


def nodes(recorded: Recorded) -> tuple[NodeFact, ...]:
    """Return the nodes with their seconds, their memory, and the nodes whose outputs they read."""
    peaks = {node.get("id"): node.get("peak_bytes") for node in recorded.detail("nodes") or []}
    makers = _makers(recorded.run)
    return tuple(
        NodeFact(
            id=node.id,
            state="failed" if node.state == "running" else node.state,
            start=round(node.started - recorded.run.started, 3),
            seconds=round(node.seconds, 3),
            peak_bytes=peaks.get(node.id),
            after=tuple(dict.fromkeys(makers[each] for each in node.inputs if each in makers)),
            outputs=tuple(f"{artifact.key} ({artifact.type})" for artifact in node.outputs),
        )
        for node in recorded.run.nodes
    )


def _makers(run: Run) -> dict[int, str]:
    return {artifact.id: node.id for node in run.nodes for artifact in node.outputs}


def place(recorded: Recorded) -> dict[str, str]:
    """Return who ran it and where."""
    found = recorded.detail("place")
    return {name: str(found[name]) for name in ("user", "host", "folder") if name in found} if found else {}


def costs(configuration: Mapping[str, Any]) -> tuple[float, float]:
    """Return the costs of a false positive and of a false negative, as `[decision]` has them; by default both are 1."""
    found = (configuration.get("decision") or {}).get("costs") or {}
    return float(found.get("fp", 1.0)), float(found.get("fn", 1.0))


def moment(seconds: float) -> str:
    """Return a time in UTC, as ISO 8601 writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
