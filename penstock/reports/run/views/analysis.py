"""The drawings and tables of what a model does on a sample of evaluated rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from penstock.core.documents.analysis import Analysis, Condition, Curve, Cut, Dependence, Importance
from penstock.core.text import UNKNOWN, abbreviate, number, printable, shorten
from penstock.reports import charts
from penstock.reports.figures import Figure, Interval, Series, curves, intervals
from penstock.reports.markup import percent, strong
from penstock.reports.run.document import RunReport

_MOST_COLUMNS = 20
_MOST_VALUES = 10
_LONGEST_NAME = 15
_SHARES = (0.0, 1.0)


def parts(report: RunReport) -> dict[str, Any]:
    """Return the parts by the names that the template gives them."""
    found = report.analysis or Analysis()
    binary = bool(found.cuts)
    return {
        "sampled": sampled(found),
        "importance": importance(found.importance, found.metric),
        "screened": screened(found),
        "more": _more(found.importance),
        "groups": importance(found.groups, found.metric),
        "dependence": [(f"{each.column}", dependence(each)) for each in found.dependence],
        "output": next((each.output for each in found.dependence), ""),
        "costs": _costs(report.costs),
        "cuts": list(cut_rows(found.cuts, report.costs)) if binary else [],
        "cut_chart": cut_chart(found.cuts, report.costs) if binary else Markup(),
        "roc": _ranking(found.roc, ("false positive rate", "true positive rate"), "ROC curve", diagonal=True),
        "roc_about": _areas(found, found.roc, "Area"),
        "precision_recall": _ranking(found.precision_recall, ("recall", "precision"), "precision over recall"),
        "precision_recall_about": _areas(found, found.precision_recall, "Average precision"),
        "residuals": residuals(found),
        "scatter": scatter(found),
        "weak": list(weak(found)) if found.rows else None,
        "worst": worst(found) if found.worst else None,
    }


def sampled(found: Analysis) -> str:
    """Return which rows were scored, in a sentence; a second one if their weights do not count here."""
    if found.rows == found.of:
        return f"All {found.of:,} rows of eval were scored.{unweighted(found)}"
    return f"{found.rows:,} of the {found.of:,} rows of eval were sampled and scored.{unweighted(found)}"


def unweighted(found: Analysis) -> str:
    """Return that weights do not count, if rows have any, as a further sentence."""
    return " Each row counts once, whatever its weight." if found.weighted else ""


def screened(found: Analysis) -> str:
    """Return how the columns were chosen that were permuted several times, in a sentence; empty if all were."""
    if not found.screened:
        return ""
    count = len(found.importance)
    return (
        f"All {count} columns were permuted once, the {count - found.screened} with the greatest loss then "
        f"{found.permutations} times; the others have no interval."
    )


def importance(found: Sequence[Importance], metric: str) -> Markup:
    """Return the importance of columns as bars with intervals."""
    rows = [
        Interval(
            " + ".join(each.columns),
            each.loss,
            None if each.interval is None else each.loss - each.interval,
            None if each.interval is None else each.loss + each.interval,
            0,
            _change(each.loss),
        )
        for each in found[:_MOST_COLUMNS]
    ]
    return intervals(rows, f"importance: by how much {metric} becomes worse", zero=True)


def _change(value: float) -> str:
    return number(value) if abs(value) >= 1 else f"{value:.4f}"


def dependence(found: Dependence) -> Markup:
    """Return the partial dependence of a column, with the curves of single rows."""
    places = found.numbers if found.kind == "number" else tuple(map(float, range(len(found.categories))))
    single = [Series("", list(zip(places, row, strict=True)), "faint") for row in found.rows]
    mean = Series("", list(zip(places, found.means, strict=True)), "line")
    count = len(found.categories)
    figure = Figure(
        label=f"partial dependence of the prediction on {found.column}",
        across=abbreviate(printable(found.column), 40),
        up="prediction",
        names=[abbreviate(printable(name), _LONGEST_NAME) for name in found.categories],
        size=(340, 296 if count else 260),
        x=(-0.4, count - 0.6) if count else None,
    )
    return curves([*single, mean], figure)


def cost(cut: Cut, costs: tuple[float, float]) -> float:
    """Return the cost of the decisions at a cut, for 1,000 rows."""
    rows = cut.true_positives + cut.false_positives + cut.false_negatives + cut.true_negatives
    return 1000 * (costs[0] * cut.false_positives + costs[1] * cut.false_negatives) / rows if rows else 0.0


def cut_rows(cuts: Sequence[Cut], costs: tuple[float, float]) -> Iterator[list[object]]:
    """Yield precision, recall, share of flagged rows and cost at each cut; the least cost is bold."""
    least = min((cost(cut, costs) for cut in cuts), default=0.0)
    for cut in cuts:
        flagged = cut.true_positives + cut.false_positives
        rows = flagged + cut.false_negatives + cut.true_negatives
        value = number(cost(cut, costs))
        yield [
            f"{cut.at:.2f}",
            _ratio(cut.true_positives, flagged),
            _ratio(cut.true_positives, cut.true_positives + cut.false_negatives),
            percent(flagged / rows) if rows else "",
            strong(value) if cost(cut, costs) == least else value,
        ]


def cut_chart(cuts: Sequence[Cut], costs: tuple[float, float]) -> Markup:
    """Return precision, recall and the cost, as a share of its greatest, at each cut."""
    greatest = max((cost(cut, costs) for cut in cuts), default=0.0) or 1.0
    precision = [
        (cut.at, cut.true_positives / flagged) for cut in cuts if (flagged := cut.true_positives + cut.false_positives)
    ]
    recall = [(cut.at, cut.true_positives / true) for cut in cuts if (true := cut.true_positives + cut.false_negatives)]
    price = [(cut.at, cost(cut, costs) / greatest) for cut in cuts]
    series = [Series("precision", precision), Series("recall", recall, color=1), Series("cost", price, color=2)]
    figure = Figure(
        "precision, recall and cost at each cut; cost as a share of its greatest", "cut", x=_SHARES, y=_SHARES
    )
    return curves(series, figure)


def residuals(found: Analysis) -> Markup:
    """Return the distribution of the residuals."""
    total = sum(each.rows for each in found.residuals) or 1
    buckets = [charts.Bucket(each.low, each.high, each.rows / total) for each in found.residuals]
    return charts.histogram([buckets], 340, 150, "distribution of the residuals")


def scatter(found: Analysis) -> Markup:
    """Return label over prediction of some rows."""
    if not found.scatter:
        return Markup()
    ends = [value for point in found.scatter for value in point]
    both = (min(ends), max(ends))
    figure = Figure("label over prediction of some rows", "prediction", "label", x=both, y=both, diagonal=True)
    return curves([Series("", found.scatter, "dots")], figure)


def weak(found: Analysis) -> Iterator[list[object]]:
    """Yield the slices with the greatest loss."""
    for each in found.slices:
        words = " and ".join(condition(part) for part in each.conditions)
        p = "< 0.0001" if each.p < 1e-4 else f"{each.p:.4f}"
        yield [words, f"{each.rows:,}", number(each.loss), number(each.others), p]


def condition(found: Condition) -> str:
    """Return a condition in words."""
    if found.missing:
        return f"{found.column} is missing"
    if found.category is not None:
        return f"{found.column} is {shorten(found.category, 40)}"
    if found.low is None:
        return f"{found.column} is less than {number(found.high)}"
    if found.high is None:
        return f"{found.column} is at least {number(found.low)}"
    return f"{found.column} is from {number(found.low)} to below {number(found.high)}"


def worst(found: Analysis) -> dict[str, Any]:
    """Return the table of the rows with the greatest loss, with the most important columns."""
    ranked = [each.columns[0] for each in found.importance]
    names = list(found.worst[0].values)
    columns = sorted(names, key=lambda name: ranked.index(name) if name in ranked else len(ranked))[:_MOST_VALUES]
    rows = [
        [
            number(each.loss),
            each.label,
            each.predicted,
            *(shorten(each.values.get(name) or UNKNOWN, 24) for name in columns),
        ]
        for each in found.worst
    ]
    about = f"The {len(columns)} most important of {len(names)} columns are shown." if len(columns) < len(names) else ""
    return {"headings": ["Loss", "Label", "Predicted", *columns], "rows": rows, "about": about}


def _more(found: Sequence[Importance]) -> str:
    return f"And {len(found) - _MOST_COLUMNS} columns of less importance." if len(found) > _MOST_COLUMNS else ""


def _ranking(found: Sequence[Curve], axes: tuple[str, str], label: str, *, diagonal: bool = False) -> Markup:
    series = [Series(each.name, each.points, color=place) for place, each in enumerate(found)]
    return curves(series, Figure(label, *axes, x=_SHARES, y=_SHARES, diagonal=diagonal))


def _areas(found: Analysis, drawn: Sequence[Curve], word: str) -> str:
    if not drawn:
        return ""
    shown = [f"{each.name} {each.area:.4f}".strip() for each in drawn]
    return f"{word}: {', '.join(shown)}.{unweighted(found)}"


def _costs(costs: tuple[float, float]) -> str:
    positive, negative = map(number, costs)
    if costs == (1.0, 1.0):
        return "A false positive and a false negative cost 1 each (set [decision] costs for others)."
    return f"A false positive costs {positive}, a false negative {negative} ([decision] costs)."


def _ratio(part: int, total: int) -> str:
    return f"{part / total:.3f}" if total else ""
