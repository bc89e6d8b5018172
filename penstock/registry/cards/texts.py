"""A model card: Markdown with the metadata of the Hugging Face Hub, and JSON by Model Card Toolkit's schema 0.0.2."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from penstock.core.documents.card import Card, Measured
from penstock.core.text import number
from penstock.registry.cards.markdown import table, text

_SCHEMA = "0.0.2"
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
# The Hub's names of the tasks.
_PIPELINES = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}
_COMPARED = {"constant": "best constant", "linear": "linear model", "baseline": "last blessed"}
_NOT_STATED = "Not stated: set `{key}` under `[card]` in the configuration."


def card_json(card: Card, changes: str = "") -> str:
    """Return the card as JSON by Model Card Toolkit's schema 0.0.2; what is not known is left out.

    Args:
        card: The facts.
        changes: What differs from the version before, in a sentence.
    """
    found = {
        "schema_version": _SCHEMA,
        "model_details": {
            "name": card.name,
            "overview": card.overview,
            "documentation": "\n\n".join(_documentation(card)),
            "owners": [_known({"name": card.owner, "contact": card.contact})] if card.owner or card.contact else [],
            "version": _known({"name": card.version, "date": card.date, "diff": changes}),
            "licenses": [_licence(card.licence)] if card.licence else [],
            "references": [{"reference": each} for each in card.references],
            "citations": [{"citation": card.citation}] if card.citation else [],
        },
        "model_parameters": {
            "model_architecture": _architecture(card),
            "data": [_known({"name": card.dataset.name, "description": _rows(card)})] if card.dataset.name else [],
            "input_format": ", ".join(card.dataset.columns),
            "output_format": card.label,
        },
        "quantitative_analysis": {"performance_metrics": [_metric(each) for each in card.metrics]},
        "considerations": {
            "users": [{"description": each} for each in card.users],
            "use_cases": [{"description": each} for each in card.uses],
            "limitations": [{"description": each} for each in limits(card)],
            "tradeoffs": [{"description": each} for each in card.tradeoffs],
            "ethical_considerations": [
                _known({"name": each.name, "mitigation_strategy": each.mitigation}) for each in card.ethical
            ],
        },
    }
    return json.dumps(
        {name: _known(part) if isinstance(part, dict) else part for name, part in found.items()}, indent=1
    )


def front_matter(card: Card) -> str:
    """Return the metadata of the Hugging Face Hub, as YAML."""
    overall = [each for each in card.metrics if not each.slice]
    is_identifier = bool(_SPDX.fullmatch(card.licence))
    licence = {"license": card.licence.lower()} if is_identifier else {"license": "other", "license_name": card.licence}
    result = {
        "task": {"type": _PIPELINES.get(card.task, "tabular-classification"), "name": f"{card.task} of {card.label}"},
        "dataset": {"type": "tabular", "name": card.dataset.name or card.name, "split": "eval"},
        "metrics": [{"type": each.type, "name": each.type, "value": each.value} for each in overall],
    }
    found = {
        **(licence if card.licence else {}),
        "library_name": "penstock",
        "pipeline_tag": _PIPELINES.get(card.task, "tabular-classification"),
        "tags": list(dict.fromkeys(("tabular", *([card.family] if card.family else []), *card.tags))),
        **({"metrics": [each.type for each in overall]} if overall else {}),
        **({"model-index": [{"name": card.name, "results": [result]}]} if overall else {}),
    }
    return str(yaml.safe_dump(found, sort_keys=False, allow_unicode=False))


def markdown(card: Card, more: Sequence[str] = ()) -> str:
    """Return the card as Markdown.

    Args:
        card: The facts.
        more: Lines to be added at the end.
    """
    parts = [
        *_head(card),
        *_section("Intended users", card.users, "users"),
        *_section("Intended use", card.uses, "uses"),
        *_data(card),
        *_metrics(card),
        *_slices(card),
        "## Limits",
        "",
        *(f"- {text(each)}" for each in limits(card)),
        "",
        *(_section("Trade-offs", card.tradeoffs, "tradeoffs") if card.tradeoffs else ()),
        *_section("Ethical considerations", [_ethical(each.name, each.mitigation) for each in card.ethical], "ethical"),
        *_section("References", card.references, "references", required=False),
        *_section("Citation", [card.citation] if card.citation else [], "citation", required=False),
        *more,
    ]
    return f"---\n{front_matter(card)}---\n\n" + "\n".join(parts).rstrip() + "\n"


def limits(card: Card) -> list[str]:
    """Return the stated limits, then those that the evaluation shows."""
    found = list(card.limits)
    found.append("The metrics are those of the evaluated rows; on rows of another time or place they can be worse.")
    found.append("A value outside of the schema is scored too: compare rows with `schema.pbtxt` first.")
    if card.small_slices:
        found.append(f"{card.small_slices} of {card.slices} slices have too few rows to say anything about them.")
    if not card.slices:
        found.append("It was not evaluated by slice: how it treats groups of rows is not known.")
    return found


def _head(card: Card) -> Iterator[str]:
    version = f", version {card.version}" if card.version else ""
    yield from (f"# {text(card.name)}{version}", "")
    yield from (text(card.overview), "") if card.overview else ()
    owner = " · ".join(part for part in (card.owner, card.contact) if part)
    rows = [
        ("Owner", owner or "not stated"),
        ("Licence", card.licence or "not stated"),
        ("Task", card.task),
        ("Label", card.label),
        ("Family", card.family),
        ("Trained", card.date),
        ("Commit", card.commit),
        ("SHA-256 of the model", card.digest),
    ]
    yield from (*table(("", ""), [row for row in rows if row[1]]), "")


def _data(card: Card) -> Iterator[str]:
    data = card.dataset
    rows = [("Source", data.name), ("Query", data.query)]
    rows += [(f"Rows of {split}", f"{count:,}") for split, count in data.rows.items()]
    rows += [(f"SHA-256 of {name}", digest) for name, digest in data.digests.items()]
    rows += [("Columns", ", ".join(data.columns))]
    yield from ("## Data", "", *table(("", ""), [row for row in rows if row[1]]), "")


def _metrics(card: Card) -> Iterator[str]:
    overall = [each for each in card.metrics if not each.slice]
    if not overall:
        return
    yield from ("## Metrics", "")
    if card.metric:
        yield from (f"The metric that decides is {text(card.metric)}.", "")
    compared = {name: values for name, values in card.baselines.items() if name in _COMPARED}
    rows = [
        (
            each.type,
            number(each.value),
            interval(each),
            *(number(values.get(each.type)) for values in compared.values()),
        )
        for each in overall
    ]
    yield from table(("Metric", "Value", "Interval", *(_COMPARED[name] for name in compared)), rows)
    yield ""
    if card.thresholds:
        yield from ("Thresholds:", "", *(f"- {text(each)}" for each in card.thresholds), "")


def _slices(card: Card) -> Iterator[str]:
    shown = [each for each in card.metrics if each.slice and each.type == card.metric]
    if shown:
        rows = [(each.slice, f"{each.rows:,}", number(each.value), interval(each)) for each in shown]
        yield from ("## Slices", "", *table(("Slice", "Rows", card.metric, "Interval"), rows), "")


def interval(found: Measured) -> str:
    """Return the confidence interval of a metric in words; empty if there is none."""
    return "" if found.low is None or found.high is None else f"{number(found.low)} to {number(found.high)}"


def _section(title: str, lines: Iterable[str], key: str, *, required: bool = True) -> Iterator[str]:
    found = [f"- {text(line)}" for line in lines]
    if found or required:
        yield from (f"## {title}", "", *(found or [_NOT_STATED.format(key=key)]), "")


def _ethical(name: str, mitigation: str) -> str:
    return f"{name}: {mitigation}" if mitigation else name


def _documentation(card: Card) -> Iterator[str]:
    if card.thresholds:
        yield "Thresholds: " + "; ".join(card.thresholds)
    if card.commit:
        yield f"Made by commit {card.commit}"
    if card.digest:
        yield f"SHA-256 of the model: {card.digest}"


def _architecture(card: Card) -> str:
    return f"{card.family} model for a {card.task} task" if card.family else ""


def _rows(card: Card) -> str:
    data = card.dataset
    parts = [f"{count:,} rows of {split}" for split, count in data.rows.items()]
    parts += [f"query: {data.query}"] if data.query else []
    parts += [f"SHA-256 of {name}: {digest}" for name, digest in data.digests.items()]
    return "; ".join(parts)


def _licence(licence: str) -> dict[str, str]:
    return {"identifier": licence} if _SPDX.fullmatch(licence) else {"custom_text": licence}


def _metric(found: Measured) -> dict[str, Any]:
    """Return a metric; the schema has its values as text."""
    ends = {"lower_bound": str(found.low), "upper_bound": str(found.high)}
    return {
        "type": found.type,
        "value": str(found.value),
        **({"slice": found.slice} if found.slice else {}),
        **({"confidence_interval": ends} if found.low is not None and found.high is not None else {}),
    }


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], {}, None)}
