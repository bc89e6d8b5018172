"""The pages of the data."""

from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.convertors import PathConvertor, register_url_convertor

from penstock.core import artifact_types
from penstock.dashboard.kept import section_of
from penstock.dashboard.pages import data, quarantine, schema
from penstock.dashboard.rendering import page
from penstock.dashboard.routes.asked import Asked
from penstock.dashboard.routes.forms import SignedIn
from penstock.dashboard.sources import NoPage


class _ColumnConvertor(PathConvertor):
    """Any text: that of `path` ends at a line break, which the name of a column may have."""

    regex = r"[\s\S]*"


register_url_convertor("column", _ColumnConvertor())
router = APIRouter(prefix="/p/{pipeline}")

_SHOWN = (artifact_types.ANOMALY_REPORT, "Schema", "Examples")


@router.get("/data")
def overview(source: Asked) -> HTMLResponse:
    """Return drift by column and version, and anomalies and schema of the last run."""
    runs = data.with_output(source, "Examples")
    last, heat, columns = runs[-1] if runs else None, data.heat_map(source), data.names(source)
    labels = tuple((run.id, data.label(run)) for run in heat.runs)
    return HTMLResponse(
        page(
            "data.html",
            title="Data",
            source=source,
            last=last,
            heat=heat,
            drift=_drift(source.key, labels, heat.rows, frozenset(columns)),
            columns=columns,
            sections=[section_of(each) for each in data.outputs(last, _SHOWN)] if last else [],
        )
    )


# With 100 columns it has 2,000 cells.
@lru_cache(maxsize=20)
def _drift(
    key: str, runs: tuple[tuple[str, str], ...], rows: tuple[data.HeatRow, ...], columns: frozenset[str]
) -> Markup:
    return Markup(page("heat.html", key=key, runs=runs, rows=rows, columns=columns))  # noqa: S704, a template


@router.get("/schema")
def schema_page(source: Asked, session: SignedIn) -> HTMLResponse:
    """Return the schema, its history, and the review of the rows."""
    accepted, fault = schema.accepted(source)
    return HTMLResponse(
        page(
            "schema.html",
            title="Schema",
            source=source,
            session=session,
            schema=schema.current(source),
            history=schema.history(source),
            accepted=accepted,
            accepted_fault=fault,
            has_file=source.config.schema_.file is not None,
            job=source.review.last(),
            label=data.label,
            known=data.names(source),
        )
    )


@router.get("/quarantine")
def quarantine_page(source: Asked) -> HTMLResponse:
    """Return the malformed rows that runs left out."""
    values = {"source": source, "folder": quarantine.folder(source), "files": quarantine.quarantined(source)}
    return HTMLResponse(page("quarantine.html", title="Quarantine", **values))


@router.get("/data/{name:column}")
def column(source: Asked, name: str) -> HTMLResponse:
    """Return one column over the versions."""
    found = data.column(source, name)
    if not found:
        raise NoPage(f"the column {name!r}", "one of the last statistics", "another", "choose one on the page Data")
    values = {"source": source, "name": name, "rows": found, "charts": data.charts(found), "label": data.label}
    return HTMLResponse(page("column.html", title=f"Column {name}", **values))
