"""The card of a model: what it is, its data, its metrics with slices, and its limits, as Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from penstock.registry.documents import Experiment, Model, Version, overall

_DIGITS = 4


def card(model: Model, version: Version, experiment: Experiment, licence: str) -> str:
    """Return the card of a version.

    Args:
        model: The model.
        version: The version.
        experiment: The experiment that pushed it.
        licence: The name of the file with the licence; empty if none is stated.
    """
    parts = [
        *_what(model, version, experiment, licence),
        *_data(experiment.data),
        *_metrics(experiment),
        *_slices(experiment),
        *_limits(experiment),
    ]
    return "\n".join(parts) + "\n"


def _what(model: Model, version: Version, experiment: Experiment, licence: str) -> Iterator[str]:
    settings = experiment.configuration.get("model") or {}
    rows = [
        ("Version name", experiment.name),
        ("Project", model.project),
        ("Task", settings.get("task")),
        ("Family", settings.get("family")),
        ("Label", (experiment.configuration.get("data") or {}).get("label")),
        ("Trained", experiment.details.get("started") or experiment.created.isoformat()),
        ("Commit", experiment.commit),
        ("SHA-256 of the model", version.digest),
        ("Licence", f"see {licence}" if licence else "not stated"),
        *((f"Tag {name}", text) for name, text in version.tags.items()),
    ]
    yield f"# {model.name}, version {version.number}"
    yield from ("", version.description) if version.description else ()
    yield from ("", *_table(("", ""), [(name, value) for name, value in rows if value]))
    yield from ("", "Inputs and outputs are those of the signatures in `model/`; `requests.json` has an example.")


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Data", "")
    rows = [("Source", data.get("source")), ("Query", data.get("query"))]
    rows += [(f"Rows of {split}", f"{count:,}") for split, count in (data.get("rows") or {}).items()]
    rows += [(f"SHA-256 of {name}", digest) for name, digest in (data.get("files") or {}).items()]
    yield from _table(("", ""), [(name, value) for name, value in rows if value])
    yield from (
        "",
        "`statistics.pb` has the statistics of the training rows and `schema.pbtxt` the schema, if the run kept them.",
    )


def _metrics(experiment: Experiment) -> Iterator[str]:
    evaluations = experiment.evaluations
    compared = [name for name in ("constant", "linear", "baseline") if evaluations.get(name)]
    intervals = evaluations.get("intervals") or {}
    yield from ("", "## Metrics", "", f"The metric that decides is {experiment.metric or 'not recorded'}.", "")
    rows = [
        (
            name,
            _number(value),
            _number(intervals.get(name)),
            *(_number(evaluations[each].get(name)) for each in compared),
        )
        for name, value in overall(evaluations).items()
    ]
    yield from _table(("Metric", "Value", "± interval", *compared), rows)
    words = [each["words"] for each in evaluations.get("thresholds") or [] if each.get("words")]
    yield from ("", "Thresholds:", "", *(f"- {each}" for each in words)) if words else ()


def _slices(experiment: Experiment) -> Iterator[str]:
    slices = experiment.evaluations.get("slices") or {}
    if slices:
        metric = experiment.metric
        rows = [
            (
                name,
                f"{part.get('rows', 0):,}",
                _number((part.get("metrics") or {}).get(metric)),
                _number((part.get("intervals") or {}).get(metric)),
                "too few rows" if part.get("too_few_rows") else "",
            )
            for name, part in slices.items()
        ]
        yield from ("", "## Slices", "", *_table(("Slice", "Rows", metric, "± interval", ""), rows))


def _limits(experiment: Experiment) -> Iterator[str]:
    slices = experiment.evaluations.get("slices") or {}
    few = sum(bool(part.get("too_few_rows")) for part in slices.values())
    yield from ("", "## Limits", "")
    yield "- The metrics are those of the rows above; on rows of another time or place they can be worse."
    yield "- A value outside of the schema is scored too: compare rows with `schema.pbtxt` first."
    if few:
        yield f"- {few} of {len(slices)} slices have too few rows to say anything about them."
    if not slices:
        yield "- It was not evaluated by slice: how it treats groups of rows is not known."


def _number(value: Any) -> str:
    return f"{value:.{_DIGITS}f}" if isinstance(value, int | float) else "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines]


def _cell(value: Any) -> str:
    """Return a value that cannot leave its cell."""
    text = " ".join(str(value).split())
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
