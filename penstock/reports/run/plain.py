"""The report as Markdown: what the page says in its tables, without its drawings."""

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from penstock.core.text import UNKNOWN, number
from penstock.registry.cards.markdown import table, text
from penstock.registry.cards.texts import limits
from penstock.reports.run.document import Column, RunReport
from penstock.reports.run.views import analysis, data, lineage, model, verdict

_MOST_COLUMNS = 200


def markdown(report: RunReport) -> str:
    """Return the report in the order of the page."""
    summary = report.summary
    version = f", version {summary.version}" if summary.version else ""
    parts = [
        f"# {text(summary.pipeline)}{version}: run {text(summary.run)}",
        "",
        *_verdict(report),
        *_data(report),
        *_model(report),
        *_lineage(report),
        *_card(report),
    ]
    return "\n".join(parts).rstrip() + "\n"


def changed(report: RunReport) -> str:
    """Return what differs from the version before, in a sentence; empty if nothing is known to."""
    if report.previous is None or not report.changes:
        return ""
    listed = ", ".join(f"{each.name} from {each.before} to {each.after}" for each in report.changes[:12])
    more = f" and {len(report.changes) - 12} more" if len(report.changes) > 12 else ""
    return f"Since version {report.previous.version}: {listed}{more}"


def _verdict(report: RunReport) -> Iterator[str]:
    yield from ("## Verdict", "", f"**{report.summary.state}**", "", text(verdict.lead(report)), "")
    if production := verdict.production(report):
        yield from (text(production), "")
    if report.summary.failure:
        yield from (f"> {text(report.summary.failure)}", "")
    yield from _problems(report)
    found = verdict.facts(report.summary)
    yield from _table(("", ""), [(name, value) for name, value in found if value])
    if report.verdict:
        sheet = verdict.metrics(report, report.verdict)
        yield from _table(sheet.headings, sheet.rows)
        yield from _list([*verdict.gains(report.verdict.gains)])
        yield from _list([f"{word}: {words}" for _, word, words in verdict.thresholds(report.verdict)])
        for each in report.verdict.fairness or ():
            yield from (f"### Fairness: {text(each.metric)} by {text(each.attribute)}", "")
            yield from _table(verdict.GROUP_HEADINGS, verdict.fairness(each))
    yield from (f"### Changes since {text(verdict.against(report))}", "")
    rows = [(each.kind, each.name, each.before, each.after) for each in report.changes]
    nothing = "No version was pushed before." if report.previous is None else "Nothing that was recorded differs."
    yield from _table(("What", "Name", "Before", "Now"), rows, nothing)


def _problems(report: RunReport) -> Iterator[str]:
    if report.problems:
        yield from ("These parts cannot be shown:", "")
        yield from _list([f"{each.part}: {each.reason}" for each in report.problems])


def _data(report: RunReport) -> Iterator[str]:
    found = report.data
    yield from ("## Data", "")
    yield from _list([*data.notes(report)])
    suspects = data.suspects(report)
    yield from ("### Leakage suspects", "")
    nothing = "Not computed." if suspects is None else "No column determines the label by itself."
    yield from _table(("Column", "Association with the label"), suspects or [], nothing)
    yield from ("### Anomalies", "")
    anomalies = found.anomalies.anomalies if found.anomalies else ()
    rows = [(each.column, each.split, each.severity, each.description) for each in anomalies]
    yield from _table(("Column", "Split", "Severity", "What"), rows, "None." if found.anomalies else "Not checked.")
    yield from ("### Drift and skew", "")
    distances = data.distances(found.drift) if found.drift else None
    headings = ("Column", "Of", "Measure", "Distance", "At most", "Result")
    yield from _table(headings, distances.rows if distances else [], "Not measured.")
    yield from ("### Schema changes", "")
    changes = [(each.column, each.change, each.before, each.after) for each in found.schema_changes or ()]
    yield from _table(("Column", "Change", "Before", "Now"), changes, "None.")
    yield from ("### Columns", "")
    yield from _table(
        ("Column", "Role", "Rows", "Missing", "Mean", "Least", "Greatest", "Different"),
        [row for column in found.columns[:_MOST_COLUMNS] for row in _column(column)],
        "No statistics.",
    )


def _column(column: Column) -> Iterator[tuple[str, ...]]:
    for each in column.values:
        numbers = (each.mean, each.least, each.greatest, each.unique)
        missing = UNKNOWN if each.missing is None else f"{100 * each.missing:.1f} %"
        yield column.name, column.role, each.rows, missing, *map(number, numbers)


def _model(report: RunReport) -> Iterator[str]:
    yield from ("## Model", "")
    if report.leaderboard:
        board = model.leaderboard(report.leaderboard)
        yield from ("### Leaderboard", "", *_table(board.headings, board.rows))
    found = report.analysis
    if found is None or found.problem:
        yield from (
            f"The model was not analysed: {text(found.problem)}" if found else "The model was not analysed.",
            "",
        )
    else:
        sentence = f"By how much {found.metric} becomes worse, over {found.permutations} permutations of"
        more = f" {analysis.screened(found)}" if found.screened else ""
        more += " Rows count by their weight." if found.weighted else ""
        yield from ("### Feature importance", "", f"{text(sentence)} {found.permuted_rows:,} rows.{more}", "")
        if found.suspect:
            yield from (f"> {text(found.suspect)}", "")
        importance = [
            (" + ".join(each.columns), number(each.loss), number(each.interval))
            for each in (*found.importance, *found.groups)
        ]
        yield from _table(("Columns", "Loss", "±"), importance)
        if found.cuts:
            yield from ("### Threshold explorer", "")
            yield from _table(
                ("Cut", "Precision", "Recall", "Flagged", "Cost per 1,000 rows"),
                analysis.cut_rows(found.cuts, report.costs),
            )
        yield from ("### Worst slices", "", analysis.sampled(found), "")
        headings = ("Slice", "Rows", f"Mean {found.loss}", "Other rows", "p, corrected")
        yield from _table(headings, analysis.weak(found), "No slice is worse than the others.")
        if found.worst:
            worst = analysis.worst(found)
            yield from ("### Worst rows", "", *_table(worst["headings"], worst["rows"]))
    if report.verdict and report.verdict.confusion:
        matrix = model.confusion(report.verdict.confusion)
        yield from ("### Confusion matrix", "", *_table(matrix.headings, matrix.rows))
    for column, rows in model.slices(report.verdict, report.summary.metric) if report.verdict else ():
        yield from (f"### By {text(column)}", "")
        yield from _table((column, "Rows", report.summary.metric, "Interval", ""), rows)


def _lineage(report: RunReport) -> Iterator[str]:
    yield from ("## Lineage", "")
    yield from _table(
        ("Node", "State", "Seconds", "Peak memory", "Outputs"), [lineage.row(each) for each in report.nodes]
    )
    yield from _table(("File", "SHA-256"), report.summary.files.items())
    yield from ("### Configuration", "")
    settings = [(key, lineage.setting(value)) for key, value in report.configuration.items()]
    yield from _table(("Key", "Value"), settings, "Not recorded.")
    yield from ("### Packages", "", *_table(("Package", "Version"), report.packages.items(), "Not recorded."))


def _card(report: RunReport) -> Iterator[str]:
    card = report.card
    yield from ("## Model card", "", text(card.overview), "")
    facts = [("Owner", card.owner), ("Contact", card.contact), ("Licence", card.licence), ("SHA-256", card.digest)]
    yield from _table(("", ""), [(name, value or "not stated") for name, value in facts])
    for title, lines in (("Intended users", card.users), ("Intended use", card.uses), ("Limits", limits(card))):
        yield from (f"### {title}", "", *_list(lines or ["not stated"]))


def _list(lines: Sequence[str]) -> list[str]:
    return [*(f"- {text(line)}" for line in lines), ""] if lines else []


def _table(headings: Sequence[object], rows: Iterable[Sequence[object]], nothing: str = "") -> list[str]:
    found = [[_stripped(cell) for cell in row] for row in rows]
    if found:
        return [*table(headings, found), ""]
    return [nothing, ""] if nothing else []


def _stripped(cell: object) -> str:
    """Return a cell as text: of markup, such as bold type, its text."""
    return cell.striptags() if isinstance(cell, Markup) else str(cell)
