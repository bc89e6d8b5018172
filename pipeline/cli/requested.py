"""What `penstock lineage` looks for with --request, and what it found."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.core.errors import ConfigError

if TYPE_CHECKING:
    from penstock.metadata.ancestry import Ancestry
    from penstock.serving.requests.search import Found

_SERVE = "penstock serve --sample 0.1 --sample-to requests"


def find_request(request: str, places: Sequence[Path], model: str) -> "list[Found]":
    """Return the answers to the requests of an id by a model, the latest first.

    Args:
        request: The id.
        places: Logs of requests and access logs.
        model: The name under which the model was served.

    Raises:
        ConfigError: No place is named, the id is none, or no request of a model has it.
        DataError: A place cannot be read.
    """
    from penstock.serving.requests.search import check_id, search

    check_id(request)
    if not places:
        next_step = f"add --log FOLDER, written by `{_SERVE}`, or --log FILE with the lines that the server printed"
        raise ConfigError("--request", "a log to look for the request in", "no --log", next_step)
    found = search(request, places)
    mine = [each for each in found if each.model == model]
    if found and not mine:
        other = f"an answer by {found[0].model}, version {found[0].version}"
        next_step = f"name the configuration of that model, or add --model {found[0].model} if it is the same model"
        raise ConfigError(f"the request {request}", f"an answer by {model}", other, next_step)
    if not mine:
        listed = " and ".join(str(place) for place in places)
        next_step = f"a log of values has a share of the requests alone: `{_SERVE}` with the share 1 has all"
        raise ConfigError(
            f"the request {request}", "a request that was answered and logged", f"none in {listed}", next_step
        )
    return mine


def described(found: "Sequence[Found]", request: str) -> list[str]:
    """Return lines about each answer."""
    from pipeline.cli.text.columns import clip

    lines = [clip(f"Request {request}")]
    for each in found:
        lines += [f"  {line}" for line in _of_answer(each)]
    if len(found) > 1:
        lines.append(f"{len(found)} answers have this id: a client chose it, or sent the request again.")
    return lines


def _of_answer(found: "Found") -> list[str]:
    from pipeline.cli.text.columns import shortest_path

    rows = f", {found.rows:,} row{'s' * (found.rows != 1)}" if found.rows is not None else ""
    signature = f", {found.signature}" if found.signature else ""
    return [
        f"answered by version {found.version} of {found.model}, {found.time:%Y-%m-%d %H:%M:%S} UTC",
        f"in {shortest_path(str(found.place))}{rows}{signature}",
    ]


def doubts(graphs: "Sequence[Ancestry]", found: "Sequence[Found]") -> list[str]:
    """Return a line for each version that was pushed after a request that a version of its number answered."""
    first: dict[int, datetime] = {}
    for each in found:
        first[each.version] = min(each.time, first.get(each.version, each.time))
    return [
        f"Warning: version {graph.version} was pushed after this request: an earlier one of that number answered it."
        for graph in graphs
        if graph.maker(graph.pushed).started > first[graph.version].timestamp()
    ]


def as_dicts(found: "Sequence[Found]") -> list[dict[str, Any]]:
    """Return the answers as plain data."""
    return [
        {
            "model": each.model,
            "version": each.version,
            "time": each.time.isoformat(),
            "rows": each.rows,
            "signature": each.signature or None,
            "place": str(each.place),
        }
        for each in found
    ]
