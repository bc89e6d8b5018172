"""The trials of Tuner as a person reads them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.columns import columns

if TYPE_CHECKING:
    from pipeline.training_documents import Trial

MOST_TRIALS = 10


def trial_lines(trials: Sequence["Trial"]) -> list[str]:
    """Return the best trials, the least validation loss first, each with its settings; nothing where there are none."""
    if not trials:
        return []
    names = list(dict.fromkeys(name for trial in trials for name in trial.settings))
    ordered = sorted(enumerate(trials, 1), key=lambda each: (each[1].loss is None, each[1].loss or 0.0))
    rows = [["Trial", *names, "Passes", "Seconds", "Loss"]]
    rows += [_row(place, trial, names) for place, trial in ordered[:MOST_TRIALS]]
    more = len(trials) - MOST_TRIALS
    return [
        "",
        *columns(rows, right=range(len(rows[0]))),
        *([f"and {more} worse ones: --json lists all"] if more > 0 else []),
    ]


def _row(place: int, trial: "Trial", names: list[str]) -> list[str]:
    settings = [f"{trial.settings[name]:.4g}" if name in trial.settings else "-" for name in names]
    loss = "-" if trial.loss is None else f"{trial.loss:.5f}"
    return [str(place), *settings, str(trial.epochs), f"{trial.seconds:.1f}", loss]
