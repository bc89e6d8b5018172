"""`penstock compare`: say whether two runs made the same, part by part, or how far they differ."""

import math
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from pipeline.comparison.runs import Comparison
    from pipeline.comparison.selection import Selected

DIFFERENT = 1
_RUN = "A run's name, its beginning, or `latest`; of another folder `FOLDER:RUN`."


def compare(
    run_a: Annotated[str, typer.Argument(metavar="RUN_A", help=_RUN)],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B", help="The run to compare it with.")],
    tolerance: Annotated[
        float, typer.Option(min=0.0, metavar="X", help="The largest relative difference of two equal numbers.")
    ] = 1e-6,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Compare two runs, part by part.

    The parts are examples, statistics, schema, transform, model, metrics and verdict. FOLDER is the folder of another
    project, or another state folder.

    Exit code 0: they are equal within the tolerance; 1: a part differs, or cannot be compared; 2: bad configuration or
    arguments, or nothing to compare.
    """
    from penstock.config.loading import load
    from penstock.core.errors import ConfigError
    from penstock.core.process import discarded_stderr
    from pipeline.comparison.runs import compare as compare_runs
    from pipeline.comparison.selection import select

    if not math.isfinite(tolerance):
        raise ConfigError(f"--tolerance {tolerance}", "a finite number", str(tolerance), "write for example 1e-6")
    loaded = load(config, settings or ())
    one, other = select(loaded, run_a), select(loaded, run_b)
    with nullcontext(sys.stderr) if debug else discarded_stderr():
        found = compare_runs(one, other, tolerance)
    if as_json:
        print_json(_as_dict(found))
    else:
        from pipeline.cli.runs import state
        from pipeline.cli.text.comparison import comparison_lines

        print_lines(*comparison_lines(found, (state(one.run), state(other.run))))
    raise typer.Exit(DIFFERENT if found.unequal else 0)


def _as_dict(found: "Comparison") -> dict[str, Any]:
    return {
        "equal": not found.unequal,
        "tolerance": found.tolerance,
        "a": _run(found.one),
        "b": _run(found.other),
        "parts": {
            part.name: {
                "level": part.level,
                "words": part.words,
                "difference": part.difference,
                "details": list(part.details),
                "counts": dict(part.counts),
            }
            for part in found.parts
        },
        "metrics": found.metrics,
        "settings": [
            {"node": each.node, "setting": each.name, "a": each.one, "b": each.other} for each in found.changes.settings
        ],
        "code": list(found.changes.code),
    }


def _run(selected: "Selected") -> dict[str, Any]:
    run = selected.run
    return {"run_id": run.id, "pipeline": run.pipeline, "state": run.state, "folder": str(selected.store.state)}
