"""`penstock runs`: list the runs of the pipeline, newest first."""

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.core.errors import PenstockError
from pipeline.cli.commands import with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.metadata.lineage import Run
    from penstock.metadata.run_list import RunEntry


def runs(
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="List the newest N runs.")] = 20,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the runs of the pipeline, newest first."""
    from penstock.config.loading import load
    from penstock.metadata import lineage

    loaded = load(config, settings or ())
    listed = lineage.runs(loaded.store, limit)
    total = len(lineage.run_ids(loaded.store)) if len(listed) == limit else len(listed)
    if as_json:
        from penstock.core.documents.document import VERSION
        from penstock.metadata.run_list import RunsView

        entries = tuple(_entry(run, loaded.evaluation.metric) for run in listed)
        print_json(RunsView(document_version=VERSION, pipeline=loaded.name, total=total, runs=entries).plain())
    elif listed:
        print_lines(*_lines(listed, loaded, total))
    else:
        print_lines(f"No runs of {loaded.name} yet. Next: {with_options('penstock run', config, settings or ())}")


def state(run: "Run") -> str:
    """Return the result of a run as a text."""
    if run.state == "failed":
        return f"failed at {run.failed_node}"
    return f"pushed version {run.pushed_version}" if run.state == "pushed" else run.state


def _entry(run: "Run", metric: str) -> "RunEntry":
    from penstock.metadata.run_list import RunEntry

    return RunEntry(
        run_id=run.id,
        state=run.state,
        version=run.pushed_version,
        failed_node=run.failed_node,
        started=run.started,
        seconds=round(run.seconds, 3),
        metric=metric,
        value=_value(run, metric),
        ran=_count(run, "ran"),
        cached=_count(run, "cached"),
    )


def _lines(listed: list["Run"], config: "Config", total: int) -> list[str]:
    from pipeline.cli.text.columns import columns, moment, number

    metric = config.evaluation.metric
    rows = [
        [
            run.id,
            moment(run.started)[5:16],
            f"{run.seconds:,.0f} s",
            number(_value(run, metric)),
            str(_count(run, "ran")),
            str(_count(run, "cached")),
            state(run),
        ]
        for run in listed
    ]
    lines = columns([["Run", "Started", "Took", "Metric", "Ran", "Cached", "State"], *rows], right=(2, 3, 4, 5))
    shown = f"{total} runs" if total > 1 else "1 run"
    more = f"; {total - len(listed)} older: --limit {total}" if total > len(listed) else ""
    return [*lines, f"{shown} of {config.name}, metric {metric}{more}"]


def _value(run: "Run", metric: str) -> float | None:
    try:
        verdict = run.verdict()
    except PenstockError:  # one damaged file must not hide all other runs; `show` reports it
        return None
    return verdict.metrics[metric].model if verdict and metric in verdict.metrics else None


def _count(run: "Run", state: str) -> int:
    return sum(node.state == state for node in run.nodes)
