"""The evaluations of an experiment, from the verdict on its model."""

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.core.documents.certificate import Certificate
from penstock.core.documents.verdict import Slice, Verdict

# What a model is compared with, by the name of its field in the verdict.
COMPARED = ("constant", "linear", "baseline")


def evaluations_of(verdict: Verdict | None, certificate: Certificate | None = None) -> dict[str, Any]:
    """Return the metrics over all rows and by slice, with intervals, baselines, gains and thresholds.

    `overall` has the metrics of the model. `intervals` and `ends` are those of the confidence intervals, and
    `constant`, `linear` and `baseline` have the metrics of what the model is compared with.
    `fairness` has the groups of each attribute, and `certificate` is the certificate of the model.
    """
    certified = {} if certificate is None else {"certificate": certificate.plain()}
    if verdict is None:
        return certified
    metrics = verdict.metrics
    found: dict[str, Any] = {
        "overall": {name: metric.model for name, metric in metrics.items()},
        "intervals": {name: metric.interval for name, metric in metrics.items()},
        "ends": {name: metric.ends for name, metric in metrics.items()},
        **{other: {name: getattr(metric, other) for name, metric in metrics.items()} for other in COMPARED},
    }
    present = {rows: _present(values) for rows, values in found.items()}
    return {
        **{rows: values for rows, values in present.items() if values or rows == "overall"},
        "gains": {other: gain.plain() for other, gain in verdict.gains.items()},
        "slices": {f"{each.column}={each.value}": _slice(each) for each in verdict.slices},
        **({"fairness": [each.plain() for each in verdict.fairness]} if verdict.fairness else {}),
        "thresholds": [threshold.plain() for threshold in verdict.thresholds],
        "blessed": verdict.blessed,
        "rows": verdict.rows,
        **certified,
    }


def verdict_of(evaluations: Mapping[str, Any], columns: Sequence[str] = ()) -> Verdict | None:
    """Return the verdict that `evaluations_of` was given, without its tables; None if no model was evaluated.

    Args:
        evaluations: The evaluations of an experiment.
        columns: The columns of the slices: the name of a column can contain the sign after it.
    """
    overall = evaluations.get("overall")
    if not overall:
        return None
    parts = {name: evaluations.get(name) or {} for name in ("intervals", "ends", *COMPARED)}
    names = dict.fromkeys((*overall, *(name for other in COMPARED for name in parts[other])))
    fields = {"intervals": "interval"}
    longest = sorted(columns, key=len, reverse=True)
    return Verdict.model_validate(
        {
            "rows": int(evaluations.get("rows") or 0),
            "metrics": {
                name: {
                    "model": overall.get(name),
                    **{fields.get(key, key): part.get(name) for key, part in parts.items()},
                }
                for name in names
            },
            "gains": evaluations.get("gains") or {},
            "slices": [_read_slice(name, part, longest) for name, part in (evaluations.get("slices") or {}).items()],
            "fairness": evaluations.get("fairness"),
            "thresholds": evaluations.get("thresholds") or [],
            "blessed": bool(evaluations.get("blessed")),
        }
    )


def _read_slice(name: str, part: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    column = next((each for each in columns if name.startswith(f"{each}=")), name.partition("=")[0])
    return {"column": column, "value": name[len(column) + 1 :], "metrics": {}, **part}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def reasons_against(verdict: Verdict | None) -> str:
    """Return the thresholds that the model missed, in words."""
    return "; ".join(each.words for each in verdict.thresholds if not each.passed) if verdict else ""


def _slice(found: Slice) -> dict[str, Any]:
    names = {"rows", "too_few_rows", "metrics", "intervals", "constant", "linear", "gains"}
    return found.model_dump(mode="json", include=names, exclude_defaults=True)
