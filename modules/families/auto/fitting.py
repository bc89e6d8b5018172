"""The family `auto`: search, select, fit to all rows and export; the leaderboard."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modules.families.auto import modest
from modules.families.auto.candidate import Candidate
from modules.families.auto.costs import cost_of_fits, cost_of_folds
from modules.families.auto.held_out import SPLIT_SOURCE, held_out_of, predictions_of
from modules.families.auto.pooling import Pooling
from modules.families.auto.refit import refit
from modules.families.auto.search import Search
from modules.families.auto.selection import Budget, Selection, export_selection, select
from modules.families.auto.shortened import PREDICTING_SHARE, shortened
from modules.families.auto.within_limit import Fits, fits_within, folds_within
from modules.families.cost import Cost, graph_megabytes
from modules.families.deadline import Clock
from modules.families.problem import Fitted, HeldOut, Problem, loss_name
from penstock.core.documents.training import Leaderboard, Tried


def fit(problem: Problem, settings: Mapping[str, Any], clock: Clock | None = None) -> Fitted:
    """Return the best model or ensemble found within the time limit; its report has the leaderboard.

    Args:
        problem: Columns, task and rows.
        settings: The settings of all families, `time_limit`, `max_row_microseconds` and `max_megabytes`.
        clock: Returns the time in seconds; by default processor time.

    Raises:
        NodeError: The time is too short for the smallest model.
    """
    search = Search(problem, settings, clock)
    search.run()
    # From here on the clock decides nothing: the selection is exported, however long that takes.
    search.candidates += _shortened(search)
    selection = selected(search)
    model, selection = exported(search, selection)
    best = search.best.models[0]
    report = {"leaderboard": leaderboard(search, selection)}
    return Fitted(model, getattr(best, "curves", []), report, held_out(search, selection))


def selected(search: Search) -> Selection:
    """Return what to export of the candidates of a search.

    Within a configured limit of the time per row these are the best models. Without one they are cheaper ones if those
    are about as good, see `modest`.
    """
    # What the search did not use is left for the fit to all rows.
    seconds = search.export_reserve + max(search.left(), 0.0)
    limit, pooling = search.cost, Pooling.of(search.problem, search.settings)

    def best(within: Cost) -> Selection:
        budget = Budget(seconds, within)
        return select(search.candidates, search.folds, budget, all_folds=search.all_folds, pooling=pooling)

    if _limits_time(search):
        return best(limit)
    # Quality comes first: the best model alone is always cheap enough.
    found = best(replace(limit, microseconds=max(limit.microseconds, cost_of_fits([search.best]).microseconds)))
    limits = [less for less in modest.modest_limits(limit) if less.microseconds < found.cost.microseconds]
    cheaper = [best(less) for less in limits]
    # Models are added one by one, so that those within a lower limit can be better: the first one may leave no room.
    found = min([found, *(one for one in cheaper if one.is_refitted is found.is_refitted)], key=lambda one: one.value)
    for cheap in cheaper:
        if found.cost.microseconds - cheap.cost.microseconds < modest.LEAST_SAVED:
            continue
        scores, others = (predictions_of(search.candidates, each, pooling) for each in (found, cheap))
        if not modest.is_better(search.folds, scores, others):
            search.left_out[f"models of {found.cost.microseconds:.0f} µs per row"] = (
                f"are not better by more than a standard error than those of {cheap.cost.microseconds:.0f} µs"
            )
            return cheap
    return found


def held_out(search: Search, selection: Selection) -> HeldOut | None:
    """Return the predictions of rows that were held out; None for those of validation that still are."""
    if search.all_folds == 1 and not selection.is_refitted:
        return None
    pooling, weights = Pooling.of(search.problem, search.settings), search.given_weights
    found = held_out_of(search.candidates, selection, (search.folds.labels, weights), search.held_out, pooling)
    return replace(found, source=SPLIT_SOURCE) if search.all_folds == 1 else found


def exported(search: Search, selection: Selection) -> tuple[Any, Selection]:
    """Return the model of a selection, fitted to all rows if the selection says so, and what was exported of it."""
    pooling = Pooling.of(search.problem, search.settings)
    fits = _fits(search, selection)
    selection = replace(selection, cost=fits.cost, copies=fits.copies)
    search.left_out |= fits.left_out
    return export_selection(search.candidates, selection, pooling, fits.models), selection


def _fits(search: Search, selection: Selection) -> Fits:
    """Return the models of a selection, within the limits."""
    # The size always has a limit, the time per row only if it is configured.
    limit = search.cost if _limits_time(search) else replace(search.cost, microseconds=math.inf)
    members = {place: search.candidates[place] for place in selection.weights}

    def fit_once(place: int, copy: int, share: float) -> Any:
        settings = {**search.settings, "seed": search.settings["seed"] + copy}
        return refit(search.candidates[place], search.problem, settings, share)

    if selection.is_refitted:
        return fits_within(limit, members, selection.copies, fit_once)
    return folds_within(limit, members)


def _shortened(search: Search) -> list[Candidate]:
    """Return the best trees with fewer rounds, for each limit that models are selected by."""
    if _limits_time(search):
        return shortened(search.candidates, search.folds, [search.cost])
    limits = [*modest.modest_limits(search.cost), search.cost]
    return shortened(search.candidates, search.folds, limits, PREDICTING_SHARE * search.limit)


def _limits_time(search: Search) -> bool:
    """Say whether the time per row has a configured limit."""
    return search.settings.get("max_row_microseconds") is not None


def leaderboard(search: Search, selection: Selection) -> Leaderboard:
    """Return all candidates, the best first."""
    folds, graph = search.folds, graph_megabytes(search.problem.columns)
    costs = [
        cost_of_fits([one], selection.copies) if selection.is_refitted else cost_of_folds([one])
        for one in search.candidates
    ]
    entries = [
        Tried(
            family=candidate.family,
            settings=candidate.settings,
            value=candidate.loss,
            fit_seconds=round(candidate.seconds, 3),
            row_microseconds=round(costs[place].microseconds, 2),
            megabytes=round(costs[place].megabytes + graph, 3),
            weight=selection.weights.get(place, 0.0),
            cut=candidate.cut,
        )
        for place, candidate in enumerate(search.candidates)
    ]
    parts = len(folds.problems) if search.all_folds > 1 else 0
    return Leaderboard(
        metric=loss_name(folds.problems[0]),
        value=selection.value,
        rows=len(folds.labels),
        folds=parts,
        exported_folds=0 if selection.is_refitted else parts,
        exported_rows=selection.rows,
        copies=selection.copies if selection.is_refitted else None,
        time_limit=search.limit,
        seconds=round(search.deadline.now() - search.started, 3),
        raced=len(search.contenders),
        row_microseconds=round(selection.cost.microseconds, 2),
        megabytes=round(selection.cost.megabytes + graph, 3),
        models=tuple(sorted(entries, key=lambda entry: entry.value)),
        left_out=search.left_out,
        cut=search.cut,
    )
