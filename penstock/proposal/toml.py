"""The proposed `pipeline.toml`, with comments on what to review."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import tomlkit
from tomlkit.items import Comment, Item, Table

from penstock.config.config import Config
from penstock.core.losses import PARAMETERS
from penstock.core.text import shorten
from penstock.proposal.proposal import Proposal
from penstock.proposal.quick_model import QuickScores
from penstock.proposal.roles import Choice

_MOST_COMMENTS = 2000


@dataclass(frozen=True)
class PipelineSettings:
    """The settings of the file that are not part of the proposal.

    Attributes:
        name: The pipeline's name.
        source: The source, relative to the file.
        table: The table of a database, if there is one.
        schema: The name of the schema's file.
        partitions: Whether the files are in folders `key=value`, which become columns.
    """

    name: str
    source: str
    table: str | None = None
    schema: str = "schema.pbtxt"
    partitions: bool = False


def toml_text(proposal: Proposal, settings: PipelineSettings) -> str:
    """Return the text of the file."""
    document = tomlkit.document()
    for comment in _head(proposal):
        document.add(_comment(comment))
    document.add(tomlkit.nl())
    document.append("name", tomlkit.string(settings.name))
    document.append("data", _data(proposal, settings))
    document.append("features", _features(proposal))
    document.append("model", _model(proposal))
    document.append("schema", tomlkit.item({"file": settings.schema}))
    document.append("evaluation", _evaluation(proposal))
    for comment in _fairness(proposal):
        document.add(_comment(comment))
    document.append("push", tomlkit.item({"directory": f"models/{settings.name}"}))
    return document.as_string()


def visible(text: str) -> str:
    """Return a text for a comment: on one line, without unprintable characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def family() -> str:
    """Return the model family to propose: the one that tries all families, if there is one."""
    known = get_args(type(Config.model_fields["model"].default).model_fields["family"].annotation)
    return "auto" if "auto" in known else "neural"


def _comment(text: str) -> Comment:
    return tomlkit.comment(visible(text))


def _noted(value: Any, note: str) -> Item:
    """Return a value with a comment at the end of its line."""
    item = tomlkit.item(value)
    item.comment(f"# {visible(note)}").trivia.comment_ws = "  "
    return item


def _head(proposal: Proposal) -> Iterator[str]:
    extent = f"{proposal.sampled:,} of {proposal.rows:,} rows" if proposal.is_sampled else f"all {proposal.rows:,} rows"
    yield f"Proposed by `penstock init` from {extent}: review it, it is yours."
    yield from proposal.warnings


def _data(proposal: Proposal, settings: PipelineSettings) -> Table:
    table = tomlkit.table()
    table.append("source", settings.source)
    if settings.partitions:
        table.append("partitions", _noted(True, "folders named key=value are columns"))
    if proposal.query is not None:
        table.add(_comment("The query makes the label and the columns what the model can use."))
        table.append("query", _query(proposal.query))
    elif settings.table is not None:
        table.append("table", settings.table)
    table.append("label", proposal.label.name)
    if proposal.task.order:
        table.append("label_order", _order(proposal))
    if proposal.weight is not None:
        table.append("weight", proposal.weight)
    for key, comment, values in (
        ("formats", "The formats of columns that are ambiguous or not plain:", proposal.formats.formats),
        ("missing", "Texts that mark a missing value, in addition to the usual ones:", proposal.formats.missing),
    ):
        if values:
            table.append(key, _listed(comment, values))
    table.append("split", tomlkit.item({"eval": 0.33}))
    return table


def _order(proposal: Proposal) -> Item:
    """Return the classes, the lowest first; whole numbers without quotes."""
    order = proposal.task.order
    values = list(order) if proposal.label.kind == "text" else list(map(int, order))
    return _noted(values, "the lowest first")


def _listed(comment: str, values: Mapping[str, Any]) -> Table:
    table = tomlkit.table().add(_comment(comment))
    for name, value in values.items():
        table.append(name, value)
    return table


def _query(query: str) -> Item:
    """Return a query of several lines as a multiline string that begins on its own line."""
    if "\n" not in query:
        return tomlkit.string(query)
    text = tomlkit.string(query.removesuffix("\n") + "\n", multiline=True).as_string().removeprefix('"""')
    # A name of a column may contain a line break of Windows, which TOML would read as another one.
    text = text.replace("\r", "\\r")
    return tomlkit.value('"""' + (text if text.startswith("\n") else f"\n{text}"))


def _features(proposal: Proposal) -> Table:
    table = tomlkit.table()
    for choice in proposal.features:
        table.append(choice.column, _role(choice))
    if proposal.left_out:
        table.add(_comment("Left out; remove the comment sign to use one:"))
    for choice in proposal.left_out[:_MOST_COMMENTS]:
        table.add(_comment(_left_out(choice)))
    return table


def _role(choice: Choice) -> Item:
    # Obvious reasons need no comment.
    plain = choice.reason in ("numbers", "whole numbers", "true and false", "0 and 1", "dates", "times")
    if plain or choice.reason.startswith("text, "):
        return tomlkit.string(choice.role)
    return _noted(choice.role, choice.reason)


def _left_out(choice: Choice) -> str:
    name = _escaped(tomlkit.key(choice.column).as_string())
    return (
        f'{name} = "{choice.alternative_role}"  # {choice.reason}'
        if choice.alternative_role
        else f"{name}: {choice.reason}"
    )


def _escaped(text: str) -> str:
    """Return a TOML string with unprintable characters escaped, so that the text is the same when it is uncommented."""
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text
    )


def _model(proposal: Proposal) -> Table:
    table = tomlkit.table()
    table.append("family", family())
    table.append("task", _noted(proposal.task.task, shorten(proposal.task.reason, 90)))
    loss = proposal.task.loss
    if loss.name != "squared":
        table.append("loss", loss.name)
        if loss.name in PARAMETERS:
            table.append(PARAMETERS[loss.name], loss.parameter)
    return table


def _evaluation(proposal: Proposal) -> Table:
    table = tomlkit.table()
    table.append("metric", proposal.metric)
    for comment in _threshold(proposal):
        table.add(_comment(comment))
    table.append(proposal.bound, proposal.threshold)
    table.append("not_worse_than_linear", True)
    table.add(_comment("min_improvement = 0.0 would also ask for a model no worse than the latest blessed one."))
    if proposal.slices:
        table.append("slices", proposal.slices)
    return table


def _fairness(proposal: Proposal) -> Iterator[str]:
    """Yield the section `[fairness]` as comments, if a column may be a protected attribute."""
    lines = proposal.checks.fairness()
    if lines:
        yield "A model whose groups differ by more than a limit, beyond the interval, is refused with this section."
        yield "Decide what is compared and by how much it may differ (docs/tasks/fairness.md), then uncomment it:"
        yield from map(_escaped, lines)


def _size(found: QuickScores) -> str:
    return f", {found.allowance:.2g}" if found.error else ""


def _threshold(proposal: Proposal) -> Iterator[str]:
    found = proposal.quick_scores
    if found is None:
        yield "No score could be estimated from the rows: set this yourself."
    elif found.quick is None:
        yield f"On {found.rows:,} rows of a sample a constant reached {found.constant:.4g}, which is the threshold;"
        yield "the score of a model could not be estimated from them."
    else:
        yield f"On {found.rows:,} rows of a sample a constant reached {found.constant:.4g}, a quick model"
        beyond = "the sampling error of two samples" if found.error else "a margin for so few rows"
        yield f"{found.quick:.4g}; the threshold is that with {beyond}{_size(found)}."
