"""Parameters that several paths have."""

from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Request
from pydantic import Field, StringConstraints
from starlette.types import Scope

from penstock.core.text import did_you_mean, shorten
from penstock.registry.conditions import CONDITION, ORDER
from penstock.registry.documents import LARGEST, NO_NUL, AliasName, EventKind, Name
from penstock.registry.errors import Invalid
from penstock.registry.store.rows import MOST, Slice

RowId = Annotated[int, Path(ge=1, le=LARGEST)]
RowName = Annotated[Name, Path()]
AliasPath = Annotated[AliasName, Path()]
QueryId = Annotated[Annotated[int, Field(ge=1, le=LARGEST)] | None, Query()]
Archived = Annotated[bool, Query(description="whether archived rows count too")]
QueryKind = Annotated[EventKind | None, Query(description="what happened")]
QueryName = Annotated[Name | None, Query()]
RunName = Annotated[
    str, Query(min_length=1, max_length=400, pattern=NO_NUL, description="its name, or that of its run")
]
Where = Annotated[
    list[Annotated[str, StringConstraints(max_length=12_000, pattern=CONDITION)]],
    Query(max_length=20, description="conditions such as `metric.auc>=0.9` or `setting.model.family=trees`"),
]
OrderBy = Annotated[
    str | None,
    Query(
        max_length=6_000, pattern=ORDER, description="`metric.NAME` or `setting.KEY`; a minus puts the greatest first"
    ),
]


def _part(
    limit: Annotated[int, Query(ge=1, le=MOST, description="the most rows")] = 100,
    after: Annotated[
        str | None, Query(pattern="^[0-9]{1,18}$", description="what the part before gave as `after`")
    ] = None,
    archived: Archived = False,
    newest: Annotated[bool, Query(description="whether the newest rows come first")] = False,
) -> Slice:
    return Slice(limit, after, archived, newest)


Part = Annotated[Slice, Depends(_part)]


def template_of(scope: Scope) -> str:
    """Return the path of a request's route as the document has it."""
    path: str = scope["route"].path
    # The framework leaves out what a router is included under.
    return f"/api{path}" if scope["path"].startswith("/api/") and not path.startswith("/api/") else path


def refuse_unknown(request: Request) -> None:
    """Refuse a parameter that the path does not have: a misspelled filter would give all rows.

    Raises:
        Invalid: There is such a parameter.
    """
    app: FastAPI = request.app
    operation = app.openapi()["paths"][template_of(request.scope)][request.method.lower()]
    known = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    for name in request.query_params:
        if name not in known:
            received = f"{shorten(name, 60)!r}{did_you_mean(name, known)}"
            raise Invalid(
                "the parameters", f"one of {', '.join(known)}" if known else "none", received, "correct the URL"
            )
