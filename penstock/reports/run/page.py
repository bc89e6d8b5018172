"""The report as one HTML page: no script, nothing from another host, and a policy in the page that allows neither."""

import base64
import hashlib
from functools import cache

from markupsafe import Markup

from penstock.reports.markup import drawn, environment
from penstock.reports.run.document import RunReport
from penstock.reports.run.views import card, data, lineage, model, verdict

_TEMPLATE = "run/page.html"
SECTIONS = {
    "verdict": ("Verdict", verdict.view),
    "data": ("Data", data.view),
    "model": ("Model", model.view),
    "lineage": ("Lineage", lineage.view),
    "card": ("Model card", card.view),
}


def html(report: RunReport) -> str:
    """Return the page; the same report gives the same page."""
    summary = report.summary
    version = f", version {summary.version}" if summary.version else ""
    title = f"{summary.pipeline}{version}: run {summary.run}"
    sections = [(key, name, view(report)) for key, (name, view) in SECTIONS.items()]
    about = f"Report of run {summary.run} of {summary.pipeline}, made by Penstock. Times are in UTC."
    return whole(title, sections, about)


def whole(title: str, sections: list[tuple[str, str, Markup]], about: str) -> str:
    """Return a page from its sections: the id, the name and the content of each."""
    body = Markup("").join(drawn(_TEMPLATE, "section", id=key, name=name, body=part) for key, name, part in sections)
    return str(
        drawn(
            _TEMPLATE,
            "page",
            title=title,
            policy=policy(),
            body=body,
            sections=[(key, name) for key, name, _ in sections],
            about=about,
        )
    )


@cache
def style() -> str:
    """Return the style sheet as the page includes it."""
    return str(environment().get_template("run/report.css").render())


@cache
def policy() -> str:
    """Return the policy of the page: only its own style sheet."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
