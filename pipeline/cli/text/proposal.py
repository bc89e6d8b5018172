"""A proposal of `init` as lines: the task, the columns with roles and reasons, warnings, the threshold, next step."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from penstock.core.text import printable, shorten
from penstock.proposal.label_errors import FILE
from penstock.proposal.proposal import Proposal
from penstock.proposal.roles import Choice
from pipeline.cli.commands import with_options
from pipeline.cli.text.columns import WIDTH, clip, columns

_MOST = 30
_LONGEST_NAME, _MOST_CLASSES, _MOST_ERRORS = 30, 6, 5


def lines(proposal: Proposal, files: Sequence[Path], config: Path) -> list[str]:
    """Return the lines, of at most 80 characters except for commands and paths."""
    return [
        *_task(proposal),
        "",
        *_kept(proposal.features),
        *_left_out(proposal.left_out),
        *_warnings(proposal),
        *_label_errors(proposal),
        "",
        *_threshold(proposal),
        "",
        *(f"Wrote {file}" for file in files),
        f"Next: {with_options('penstock run', config)}",
    ]


def _task(proposal: Proposal) -> Iterator[str]:
    rows = f"{proposal.rows:,} rows"
    if proposal.is_sampled:
        rows += f", of which {proposal.sampled:,} were read (a uniform, seeded sample)"
    yield from _wrapped(f"Task: {proposal.task.task}, to predict {proposal.label.name!r}: {proposal.task.reason}.")
    yield from _wrapped(f"Rows: {rows}.")
    if proposal.task.classes:
        shown = [f"{shorten(str(value), 20)} {count:,}" for value, count in proposal.task.classes[:_MOST_CLASSES]]
        more = len(proposal.task.classes) - len(shown)
        yield from _wrapped(f"Classes: {', '.join(shown)}{f' and {more} more' if more else ''}.")
    yield "Override: model.task, [features], evaluation.metric and its bound in the file."


def _kept(choices: Sequence[Choice]) -> Iterator[str]:
    yield from _table(["Column", "Role", "Why"], [(c.column, c.role, c.reason) for c in choices])


def _left_out(choices: Sequence[Choice]) -> Iterator[str]:
    if choices:
        yield ""
        yield from _table(["Left out", "Why"], [(c.column, c.reason) for c in choices])


def _table(head: list[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    shown = [[clip(_flat(row[0]), _LONGEST_NAME), *map(_flat, row[1:])] for row in rows[:_MOST]]
    yield from columns([head, *shown])
    if len(rows) > _MOST:
        yield f"and {len(rows) - _MOST} more: the file lists all"


def _flat(text: str) -> str:
    return printable(text)


def _warnings(proposal: Proposal) -> Iterator[str]:
    if proposal.warnings:
        yield ""
        yield "Check:"
        for warning in proposal.warnings:
            yield from _wrapped(f"- {warning}", indent="  ")


def _label_errors(proposal: Proposal) -> Iterator[str]:
    """Yield the most probable label errors."""
    found = proposal.checks.label_errors
    if found and found.errors:
        yield ""
        shown = found.errors[:_MOST_ERRORS]
        has_lines = shown[0].line is not None
        rows = [
            (str(each.line if has_lines else each.row), shorten(each.given, 24), shorten(each.suggested, 24))
            for each in shown
        ]
        place = "Line" if has_lines else "Row"
        yield from columns([[place, "Label", "Suggested"], *([*map(_flat, row)] for row in rows)])
        if len(found.errors) > len(shown):
            yield f"and {len(found.errors) - len(shown):,} more: {FILE} lists all"


def _threshold(proposal: Proposal) -> Iterator[str]:
    text = f"Threshold: {proposal.metric}, {proposal.bound} {proposal.threshold:g}"
    if proposal.quick_scores:
        scores = proposal.quick_scores
        text += f"; on {scores.rows:,} rows a constant reached {scores.constant:.4g}"
        text += "" if scores.quick is None else f", a quick model {scores.quick:.4g}"
    yield from _wrapped(f"{text}.")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(_flat(text), WIDTH, subsequent_indent=indent, break_on_hyphens=False)
