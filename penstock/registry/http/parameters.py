"""Parameters that several paths have."""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import StringConstraints

from penstock.registry.conditions import CONDITION, ORDER
from penstock.registry.documents import LARGEST, AliasName, Name
from penstock.registry.store.rows import MOST, Slice

RowId = Annotated[int, Path(ge=1, le=LARGEST)]
RowName = Annotated[Name, Path()]
AliasPath = Annotated[AliasName, Path()]
Why = Annotated[str, Query(max_length=4_000, description="the reason, for the event")]
Where = Annotated[
    list[Annotated[str, StringConstraints(max_length=1_000, pattern=CONDITION)]],
    Query(max_length=20, description="conditions such as `metric.auc>=0.9` or `setting.model.family=trees`"),
]
OrderBy = Annotated[
    str | None,
    Query(
        max_length=1_000, pattern=ORDER, description="`metric.NAME` or `setting.KEY`; a minus puts the greatest first"
    ),
]


def _part(
    limit: Annotated[int, Query(ge=1, le=MOST, description="the most rows")] = 100,
    after: Annotated[
        str | None, Query(pattern="^[0-9]{1,18}$", description="what the part before gave as `after`")
    ] = None,
    archived: Annotated[bool, Query(description="whether archived rows are in the list")] = False,
) -> Slice:
    return Slice(limit, after, archived)


Part = Annotated[Slice, Depends(_part)]
