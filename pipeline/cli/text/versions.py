"""Versions of the registry as lines: the list of a model, one version, and what differs between two."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.text.columns import WIDTH, clip, columns, moment, number, shortest_path
from pipeline.cli.text.experiments import data_lines, difference_lines, differences_lines, metric_lines
from pipeline.cli.text.run_lines import certificate_lines

if TYPE_CHECKING:
    from penstock.registry.differences import Difference, Differences
    from penstock.registry.documents import Event, Experiment, Model, Version

_MOST_ALIASES = 24
SHOWN_MOVES = 8


def list_lines(rows: Sequence[tuple["Version", "Experiment"]]) -> list[str]:
    """Return a heading and a line per version, with the experiment that pushed it."""
    cells = [
        [
            str(version.number),
            experiment.name,
            clip(", ".join(version.aliases), _MOST_ALIASES),
            number(experiment.value),
            moment(version.created.timestamp())[:16],
            version.stage,
        ]
        for version, experiment in rows
    ]
    heading = ["Version", "Name", "Alias", "Metric", "Recorded", "Stage"]
    # The name of another stage is shown where there is one.
    if all(row[5] == "active" for row in cells):
        heading, cells = heading[:5], [row[:5] for row in cells]
    return columns([heading, *cells], right=(0, 3))


def model_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a heading and a line per model."""
    cells = [
        [f"{row['project']}/{row['model']}", str(row["versions"]), str(row["default"] or "-"), number(row["value"])]
        for row in rows
    ]
    return columns([["Model", "Versions", "Default", "Metric"], *cells], right=(1, 2, 3))


def version_lines(model: "Model", version: "Version", experiment: "Experiment", moves: Sequence["Event"]) -> list[str]:
    """Return one version: where it is, what pushed it, its metrics, and the moves of its model's aliases."""
    aliases = f", alias {', '.join(version.aliases)}" if version.aliases else ""
    facts = [
        ["Name", experiment.name],
        ["Run", experiment.run],
        ["Recorded", moment(version.created.timestamp())],
        ["Folder", shortest_path(version.folder)],
        ["Digest", version.digest],
        *([["Tags", ", ".join(f"{name}={text}" for name, text in version.tags.items())]] if version.tags else []),
        *([["Description", version.description]] if version.description else []),
    ]
    return [
        clip(f"Version {version.number} of {model.project}/{model.name}: {version.stage}{aliases}"),
        "",
        *columns(facts),
        *data_lines(experiment.data),
        *metric_lines(experiment),
        *_certificate(experiment),
        *moves_lines(moves),
    ]


def _certificate(experiment: "Experiment") -> list[str]:
    """Return the certificate of the model, if its run recorded one that this release reads."""
    from penstock.core.documents.certificate import Certificate

    try:
        found = Certificate.model_validate(experiment.evaluations["certificate"])
    except (KeyError, ValueError):
        return []
    return ["", *certificate_lines(found)]


def compared_lines(
    pair: Sequence[tuple["Version", "Experiment"]], signature: Sequence["Difference"], found: "Differences"
) -> list[str]:
    """Return what differs between two versions."""
    heads = [
        f"{letter}  " + ", ".join([f"version {version.number}", experiment.name, *version.aliases])
        for letter, (version, experiment) in zip("AB", pair, strict=True)
    ]
    same = pair[0][0].digest == pair[1][0].digest
    files = "The files are the same." if same else "The files differ."
    return [
        *map(clip, heads),
        files,
        *difference_lines("Signature", signature),
        *differences_lines(found, [experiment for _, experiment in pair]),
    ]


def move_line(event: "Event") -> str:
    """Return a move of an alias as a line."""
    document = event.document
    before = f"from {document['from']} " if document["from"] else ""
    verb = "rolled back " if document["rollback"] else ""
    why = f": {document['why']}" if document["why"] else ""
    return (
        f"{moment(event.at.timestamp())[:16]}  {document['alias']} {verb}{before}to {document['to']} "
        f"by {event.actor}{why}"
    )


def moves_lines(moves: Sequence["Event"]) -> list[str]:
    """Return the last moves of aliases, under a title; more than are shown say that there are earlier ones."""
    shown = [move_line(event) for event in moves[:SHOWN_MOVES]]
    rest = ["and earlier ones: --json lists all"] if len(moves) > len(shown) else []
    wrapped = [line for each in shown for line in textwrap.wrap(each, WIDTH, subsequent_indent=" " * 18)]
    return ["", "Moves of the aliases", *wrapped, *rest] if moves else []
