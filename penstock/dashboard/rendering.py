"""Pages from the templates in `templates/`: every value is escaped, and nothing is loaded from another host."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from penstock.core.text import number, printable, shorten
from penstock.reports.markup import TEMPLATES, measure, percent, px, visible

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
# The style of what notebooks show too.
_OF_REPORTS = {"report.css": TEMPLATES / "style.css"}


def page(template: str, **values: Any) -> str:
    """Return a page, or a part of one.

    Raises:
        UndefinedError: The template uses a value that is not among the arguments.
    """
    return environment().get_template(template).render(**values)


def link(*parts: object, **query: object) -> str:
    """Return a URL of the dashboard: each part of the path and each value of the query is escaped."""
    path = "/" + "/".join(quote(str(part), safe="") for part in parts)
    given = {name: value for name, value in query.items() if value not in (None, "", False)}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def static_file(name: str) -> Path:
    """Return the file of a name."""
    return _OF_REPORTS.get(name, HERE / "static" / name)


@cache
def static(name: str) -> str:
    """Return the URL of a file, with a part of its digest, so that browsers keep it until it changes."""
    return link("static", name, v=hashlib.sha256(static_file(name).read_bytes()).hexdigest()[:12])


def moment(seconds: float | None) -> str:
    """Return a time in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds else ""


def duration(seconds: float) -> str:
    """Return a duration: seconds, or minutes and seconds, or hours and minutes."""
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def megabytes(count: float | None) -> str:
    """Return a number of bytes in MB; empty if it is unknown."""
    return "" if count is None else f"{count / 1e6:,.0f} MB"


def with_query(given: Mapping[str, object], path: str, **changes: object) -> str:
    """Return the URL of a page with some values of its query changed."""
    return link(*path.strip("/").split("/"), **{**given, **changes})


@cache
def environment() -> "Environment":
    """Return the templates with their filters and functions."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    templates.filters |= {
        **{"number": number, "measure": measure, "percent": percent, "shorten": shorten, "px": px},
        **{"moment": moment, "duration": duration, "megabytes": megabytes, "printable": printable},
    }
    templates.globals |= {"link": link, "static": static, "with_query": with_query}
    return templates
