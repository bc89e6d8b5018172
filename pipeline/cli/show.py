"""`penstock show`: one run with its nodes, verdict, artifacts and next step."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.core.documents.data import AnomalyReport
    from penstock.core.documents.verdict import Slice, Verdict
    from penstock.metadata.lineage import Run

_MOST_SLICES = 8
_MOST_ANOMALIES = 8


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's name, its beginning, or `latest`.")] = "latest",
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show one run: nodes, verdict, artifacts, next step."""
    from penstock.config.loading import load
    from penstock.metadata import lineage

    loaded = load(config, settings or ())
    recorded = lineage.run(loaded.store, run)
    next_step = _next_step(recorded, lineage.run_ids(loaded.store))
    next_step = next_step and with_options(next_step, config, settings or ())
    if as_json:
        print_json(_as_dict(recorded, loaded, next_step))
    else:
        anomalies = _anomalies(recorded.anomalies(), config, settings or ())
        print_lines(*_lines(recorded, loaded, next_step, anomalies))


def _as_dict(run: "Run", config: "Config", next_step: str | None) -> dict[str, Any]:
    from penstock.metadata.summary import RunSummary

    log = _log(run, config)
    shown = str(log) if _has_log(run, log) else None
    found = RunSummary.of(run).as_shown(
        artifacts=str(config.artifacts), log=shown, next_step=next_step, signatures=_signatures(run)
    )
    return found.plain()


def _signatures(run: "Run") -> list[str]:
    """Return the signatures of the model of a run; none if it has no model, or not a readable one."""
    from google.protobuf.message import DecodeError

    from penstock.core.saved_model import SAVED_MODEL, signatures

    model = run.output("Model")
    try:
        return [each.name for each in signatures(Path(model.uri, "Format-Serving", SAVED_MODEL))] if model else []
    except (OSError, DecodeError):
        return []  # `fsck` says what is wrong with the files


def _signature_lines(run: "Run") -> list[str]:
    names = _signatures(run)
    first = "Signatures: "
    return wrap(", ".join(names), 80, initial_indent=first, subsequent_indent=" " * len(first)) if names else []


def _lines(run: "Run", config: "Config", next_step: str | None, anomalies: list[str]) -> list[str]:
    from pipeline.cli.runs import state
    from pipeline.cli.text.columns import moment, shortest_path
    from pipeline.cli.text.run_lines import (
        certificate_lines,
        drift_lines,
        monotonic_lines,
        reading_lines,
        split_lines,
        trial_lines,
    )
    from pipeline.reporting import suspect_of

    verdict, drift, suspect = run.verdict(), run.drift(), suspect_of(config, run)
    log = _log(run, config)
    took = "" if run.state == "running" else f", took {run.seconds:.1f} s"
    return [
        f"Run {run.id} of {run.pipeline}: {state(run)}",
        f"Started {moment(run.started)}{took}",
        "",
        *_nodes(run),
        *reading_lines(run.reading()),
        *split_lines(run.split(), run.rows()),
        *([f"Malformed rows in quarantine: {run.quarantined:,}"] if run.quarantined else []),
        *trial_lines(run.trials()),
        *anomalies,
        *(["", *drift_lines(drift)] if drift else []),
        "",
        *(_verdict(verdict, config) if verdict else [_no_verdict(run)]),
        "",
        *monotonic_lines(run.monotonicity()),
        *certificate_lines(run.certificate()),
        *([f"Suspect: {suspect}"] if suspect else []),
        *_leaderboard(run),
        *_signature_lines(run),
        f"Artifacts: {shortest_path(str(config.artifacts))}",
        *([f"Log: {shortest_path(str(log))}{'' if log.is_file() else ' (missing)'}"] if _has_log(run, log) else []),
        *([f"If its process has ended: {next_step}"] if next_step and run.state == "running" else []),
        *([f"Next: {next_step}"] if next_step and run.state != "running" else []),
    ]


def _nodes(run: "Run") -> list[str]:
    from pipeline.cli.text.columns import columns
    from pipeline.nodes import rows_read

    rows = [["Node", "State", "Seconds", "Rows"]]
    for node in run.nodes:
        count = rows_read(node.id, run.rows())
        seconds = "" if node.state == "running" else f"{node.seconds:.1f}"
        rows.append([node.id, node.state, seconds, "" if count is None else f"{count:,}"])
    return columns(rows, right=(2, 3))


def _anomalies(report: "AnomalyReport | None", config: Path, settings: Sequence[str]) -> list[str]:
    """Return a line per anomaly, and the command that accepts them."""
    from pipeline.cli.text.columns import clip

    if not report or not report.anomalies:
        return []
    lines = [
        clip(f"{'fails' if each.fails else 'allowed':<9}{each.column}, {each.split}: {each.description}")
        for each in report.anomalies[:_MOST_ANOMALIES]
    ]
    more = len(report.anomalies) - len(lines)
    rest = [f"and {more} more: --json lists all"] if more else []
    # The report is an artifact, so it does not depend on where the configuration is.
    accept = report.accept and with_options(report.accept, config, settings)
    return ["", "Anomalies", *lines, *rest, *([f"To accept what is correct: {accept}"] if accept else [])]


def _no_verdict(run: "Run") -> str:
    from penstock.core.artifact_types import MODEL_VERDICT

    artifact = run.output(MODEL_VERDICT)
    return f"No verdict: {artifact.uri} was deleted." if artifact else "No verdict: the run ended before ModelVerdict."


def _verdict(verdict: "Verdict", config: "Config") -> list[str]:
    from pipeline.cli.text.columns import columns
    from pipeline.cli.text.metric_rows import constant_name, fairness_rows, gain_lines, metric_rows, threshold_lines

    constant = constant_name(config.model.task, config.model.loss)
    thresholds = [f"{mark:<9}{words}" for mark, words in threshold_lines(verdict)]
    return [
        *columns(metric_rows(verdict, constant), right=range(1, 5)),
        *gain_lines(verdict, constant),
        "",
        *thresholds,
        *(line for each in verdict.fairness or () for line in ("", *columns(fairness_rows(each), right=(1, 2, 3)))),
        *_slices(verdict.slices, config.evaluation.metric),
    ]


def _leaderboard(run: "Run") -> list[str]:
    from pipeline.cli.text.run_lines import leaderboard_lines

    board = run.leaderboard()
    return [*leaderboard_lines(board), ""] if board else []


def _slices(slices: Sequence["Slice"], metric: str) -> list[str]:
    from pipeline.cli.text.columns import columns

    lines = []
    for column in dict.fromkeys(part.column for part in slices):
        of_column = sorted((part for part in slices if part.column == column), key=lambda part: -part.rows)
        rows = [_slice(part, metric) for part in of_column[:_MOST_SLICES]]
        lines += ["", *columns([[column[:40], "Rows", metric, ""], *rows], right=(1, 2))]
        if len(of_column) > _MOST_SLICES:
            lines.append(f"and {len(of_column) - _MOST_SLICES} smaller: --json lists all")
    return lines


def _slice(part: "Slice", metric: str) -> list[str]:
    from pipeline.cli.text.metric_rows import lack_of_class, with_interval

    width = part.intervals.get(metric)
    value = with_interval(part.metrics.get(metric), width, part.ends.get(metric))
    few = "too few rows" if part.too_few_rows else lack_of_class(part.of_rarer_class, [width])
    return [str(part.value)[:40], f"{part.rows:,}", value, few]


def _next_step(run: "Run", known: list[str]) -> str | None:
    if run.state == "pushed":
        return f"penstock lineage {run.pushed_version}"
    # `resume` continues only the last run.
    unfinished = run.state in ("failed", "running", "partial") and run.id == known[0]
    return "penstock resume" if unfinished else None


def _log(run: "Run", config: "Config") -> Path:
    return config.logs / f"{run.id}.log"


def _has_log(run: "Run", log: Path) -> bool:
    """Return whether the run has a log: a run whose nodes are all cached starts no worker and writes none."""
    return log.is_file() or any(node.state != "cached" for node in run.nodes)
