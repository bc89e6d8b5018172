"""`pipeline.toml` of a proposal, with a comment wherever a person should look."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from pipeline.config import Config
from pipeline.proposal import Proposal
from pipeline.proposed_roles import Choice
from pipeline.text import shorten

_MOST_COMMENTS = 2000


@dataclass(frozen=True)
class Place:
    """What the file says beside the proposal.

    Attributes:
        name: The pipeline's name.
        source: The source as the file names it.
        table: The table of a database, where there is one.
        schema: The name of the schema's file.
        partitions: Whether the files are in folders `key=value`, which become columns.
    """

    name: str
    source: str
    table: str | None = None
    schema: str = "schema.pbtxt"
    partitions: bool = False


def toml_text(proposal: Proposal, place: Place) -> str:
    """Return the whole file."""
    sections = (
        _head(proposal, place),
        _data(proposal, place),
        _features(proposal),
        _model(proposal),
        ["[schema]", f"file = {quoted(place.schema)}"],
        _evaluation(proposal),
        ["[push]", f"directory = {quoted(f'models/{place.name}')}"],
    )
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def quoted(text: str) -> str:
    """Return a text as a TOML string on one line."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: str) -> str:
    """Return a name as a TOML key."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def comment(text: str) -> str:
    """Return a text as a comment: on one line, of characters that can be seen."""
    return "# " + "".join(character if character.isprintable() else " " for character in text)


def family() -> str:
    """Return the model family to propose: the one that tries all, where there is one."""
    known = get_args(type(Config.model_fields["model"].default).model_fields["family"].annotation)
    return "auto" if "auto" in known else "neural"


def _head(proposal: Proposal, place: Place) -> list[str]:
    looked = f"{proposal.sampled:,} of {proposal.rows:,} rows" if proposal.is_sampled else f"all {proposal.rows:,} rows"
    lines = [comment(f"Proposed by `penstock init` from {looked}: review it, it is yours.")]
    lines += [comment(warning) for warning in proposal.warnings]
    return [*lines, "", f"name = {quoted(place.name)}"]


def _data(proposal: Proposal, place: Place) -> list[str]:
    lines = ["[data]", f"source = {quoted(place.source)}"]
    if place.partitions:
        lines.append("partitions = true  # folders named key=value are columns")
    if proposal.query is not None:
        lines += [comment("The query makes the label and the columns what the model can use."), _query(proposal.query)]
    elif place.table is not None:
        lines.append(f"table = {quoted(place.table)}")
    lines.append(f"label = {quoted(proposal.label.name)}")
    if proposal.formats.formats:
        lines += ["", "[data.formats]", comment("How values are written where they do not show it plainly:")]
        lines += [f"{key(name)} = {quoted(form)}" for name, form in proposal.formats.formats.items()]
    if proposal.formats.missing:
        lines += ["", "[data.missing]", comment("Texts that stand for no value, next to the usual marks:")]
        for name, marks in proposal.formats.missing.items():
            lines.append(f"{key(name)} = [{', '.join(map(quoted, marks))}]")
    return [*lines, "", "[data.split]", "eval = 0.33"]


def _query(query: str) -> str:
    if "\n" not in query:
        return f"query = {quoted(query)}"
    # Line by line with the escapes of a JSON text, but for the quotes, three of which would end the string.
    lines = [quoted(line)[1:-1].replace('\\"', '"').replace('"""', '""\\"') for line in query.splitlines()]
    return 'query = """\n' + "\n".join(lines) + '\n"""'


def _features(proposal: Proposal) -> list[str]:
    lines = ["[features]", *(_feature(choice) for choice in proposal.kept)]
    if proposal.left_out:
        lines.append(comment("Left out; take the comment sign away to use one:"))
        lines += [comment(_left_out(choice)) for choice in proposal.left_out[:_MOST_COMMENTS]]
    return lines


def _feature(choice: Choice) -> str:
    line = f"{key(choice.column)} = {quoted(choice.role)}"
    # What goes without saying needs no comment.
    plain = choice.reason in ("numbers", "whole numbers", "true and false", "0 and 1", "dates", "times")
    return line if plain or choice.reason.startswith("text, ") else f"{line}  {comment(choice.reason)}"


def _left_out(choice: Choice) -> str:
    if choice.instead:
        return f'{key(choice.column)} = "{choice.instead}"  # {choice.reason}'
    return f"{key(choice.column)}: {choice.reason}"


def _model(proposal: Proposal) -> list[str]:
    return ["[model]", f"family = {quoted(family())}", f"task = {quoted(proposal.task.task)}  " + _task(proposal)]


def _task(proposal: Proposal) -> str:
    return comment(shorten(proposal.task.reason, 90))


def _evaluation(proposal: Proposal) -> list[str]:
    lines = ["[evaluation]", f"metric = {quoted(proposal.metric)}", *_threshold(proposal)]
    lines.append(comment("min_improvement = 0.0 would also ask for a model no worse than the latest blessed one."))
    if proposal.slices:
        lines.append(f"slices = [{', '.join(map(quoted, proposal.slices))}]")
    return lines


def _threshold(proposal: Proposal) -> Iterator[str]:
    found = proposal.figures
    if found is None:
        yield comment("The rows could not tell what a model may reach: set this yourself.")
    elif found.quick is None:
        yield comment(
            f"On {found.rows:,} rows of a sample a constant reached {found.constant:.4g}, which is the bound;"
        )
        yield comment("they could not tell what a model may reach.")
    else:
        yield comment(f"On {found.rows:,} rows of a sample a constant reached {found.constant:.4g}, a quick model")
        yield comment(f"{found.quick:.4g}; the bound lies between them.")
    yield f"{'max' if proposal.metric == 'rmse' else 'min'} = {proposal.bound!r}"
