"""`penstock show`: one run: its nodes, its verdict, where its artifacts are and how to go on."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import complete
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import tell, tell_json

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
    """Show one run: nodes, verdict, artifacts, how to go on."""
    from penstock.config.loading import load
    from penstock.metadata import lineage

    loaded = load(config, settings or ())
    found = lineage.run(loaded.store, run)
    next_step = _next_step(found, lineage.run_ids(loaded.store))
    next_step = next_step and complete(next_step, config, settings or ())
    if as_json:
        tell_json(_whole(found, loaded, next_step))
    else:
        anomalies = _anomalies(found.anomalies(), config, settings or ())
        tell(*_lines(found, loaded, next_step, anomalies))


def _whole(run: "Run", config: "Config", next_step: str | None) -> dict[str, Any]:
    from penstock.metadata.summary import RunSummary

    log = _log(run, config)
    shown = str(log) if _has_log(run, log) else None
    return RunSummary.of(run).as_shown(artifacts=str(config.artifacts), log=shown, next_step=next_step).plain()


def _lines(run: "Run", config: "Config", next_step: str | None, anomalies: list[str]) -> list[str]:
    from pipeline.cli.runs import state
    from pipeline.cli.text.columns import moment, place
    from pipeline.cli.text.parts import drift_lines, reading_lines, split_lines, trial_lines

    verdict, drift = run.verdict(), run.drift()
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
        *_leaderboard(run),
        f"Artifacts: {place(str(config.artifacts))}",
        *([f"Log: {place(str(log))}{'' if log.is_file() else ' (not there)'}"] if _has_log(run, log) else []),
        *([f"If no process runs it any more: {next_step}"] if next_step and run.state == "running" else []),
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
    """Return each anomaly in words, and the command that accepts them."""
    from pipeline.cli.text.columns import clip

    if not report or not report.anomalies:
        return []
    lines = [
        clip(f"{'fails' if each.fails else 'told':<7}{each.column}, {each.split}: {each.description}")
        for each in report.anomalies[:_MOST_ANOMALIES]
    ]
    more = len(report.anomalies) - len(lines)
    rest = [f"and {more} more: --json lists all"] if more else []
    # The report is an artifact, which is the same wherever the configuration lies.
    accept = report.accept and complete(report.accept, config, settings)
    return ["", "Anomalies", *lines, *rest, *([f"To accept what is right: {accept}"] if accept else [])]


def _no_verdict(run: "Run") -> str:
    artifact = run.output("penstock.ModelVerdict")
    return f"No verdict any more: {artifact.uri} is gone." if artifact else "No verdict: the run did not get so far."


def _verdict(verdict: "Verdict", config: "Config") -> list[str]:
    from pipeline.cli.text.columns import columns
    from pipeline.cli.text.metric_rows import CONSTANT, gain_lines, metric_rows, threshold_lines

    constant = CONSTANT[config.model.task]
    thresholds = [f"{mark:<9}{words}" for mark, words in threshold_lines(verdict)]
    return [
        *columns(metric_rows(verdict, constant), right=range(1, 5)),
        *gain_lines(verdict, constant),
        "",
        *thresholds,
        *_slices(verdict.slices, config.evaluation.metric),
    ]


def _leaderboard(run: "Run") -> list[str]:
    from pipeline.cli.text.parts import leaderboard_lines

    board = run.leaderboard()
    return [*leaderboard_lines(board), ""] if board else []


def _slices(slices: Sequence["Slice"], metric: str) -> list[str]:
    from pipeline.cli.text.columns import columns

    lines = []
    for column in dict.fromkeys(part.column for part in slices):
        mine = sorted((part for part in slices if part.column == column), key=lambda part: -part.rows)
        rows = [_slice(part, metric) for part in mine[:_MOST_SLICES]]
        lines += ["", *columns([[column[:40], "Rows", metric, ""], *rows], right=(1, 2))]
        if len(mine) > _MOST_SLICES:
            lines.append(f"and {len(mine) - _MOST_SLICES} smaller ones: --json lists all")
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
    # `resume` goes on with the last run, no other.
    unfinished = run.state in ("failed", "running", "partial") and run.id == known[0]
    return "penstock resume" if unfinished else None


def _log(run: "Run", config: "Config") -> Path:
    return config.logs / f"{run.id}.log"


def _has_log(run: "Run", log: Path) -> bool:
    """Say whether the run has a log: one whose nodes are all cached had no worker that could write it."""
    return log.is_file() or any(node.state != "cached" for node in run.nodes)
