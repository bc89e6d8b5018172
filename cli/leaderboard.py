"""The leaderboard of `auto` as lines of text."""

from typing import TYPE_CHECKING, Any

from cli.columns import clip, columns, number

if TYPE_CHECKING:
    from pipeline.training_documents import Leaderboard

_MOST_MODELS = 8


def leaderboard_lines(board: "Leaderboard") -> list[str]:
    """Return what was tried: a line that sums up, the best models, and what was left out."""
    metric, models = board.metric, board.models
    on = f"{board.folds} folds of {board.rows:,} rows" if board.folds else f"{board.rows:,} rows"
    members = sum(model.weight > 0 for model in models)
    chosen = "the best" if members == 1 else f"the mean of {members}"
    tried = f"{len(models)} model{'s' * (len(models) > 1)} in {board.seconds:.0f} s"
    rows = [["Family", metric, "Weight", "Fit s", "µs/row", "Settings"]]
    for model in models[:_MOST_MODELS]:
        weight = f"{model.weight:.2f}" if model.weight else "-"
        cost = f"{model.fit_seconds:.1f}", f"{model.row_microseconds:.1f}"
        rows.append([model.family, number(model.value), weight, *cost, _settings(model.settings)])
    more = len(models) - _MOST_MODELS
    return [
        clip(f"{tried} on {on}; {chosen}: {metric} {number(board.value)}"),
        *columns(rows, right=(1, 2, 3, 4)),
        *([f"and {more} more: --json lists all"] if more > 0 else []),
        *(clip(f"Left out: {family}, which {reason}") for family, reason in board.left_out.items()),
        *_cut_short(board),
    ]


def _cut_short(board: "Leaderboard") -> list[str]:
    """Return in a line what there was no time for; a leaderboard of an earlier release says nothing of it."""
    parts = [board.cut] if board.cut else []
    if board.exported_folds is not None and board.exported_folds < board.folds:
        parts.append(f"{board.exported_folds} of {board.folds} folds exported ({board.exported_rows:,} rows)")
    for family in dict.fromkeys(model.family for model in board.models):
        mine = [model.cut for model in board.models if model.family == family]
        cut = [words for words in mine if words]
        if cut:
            parts.append(f"{family} ({cut[0]})" if len(mine) == 1 else f"{len(cut)} of {len(mine)} {family}")
    return [clip(f"Cut short by the time limit: {', '.join(parts)}")] if parts else []


def _settings(settings: dict[str, Any]) -> str:
    flat = {**settings, **settings.get("parameters", {})}
    return ", ".join(f"{name} {value}" for name, value in flat.items() if name != "parameters") or "as configured"
