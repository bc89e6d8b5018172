"""What the paths have in common: the pipeline of a request, and the part of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request

from penstock.dashboard.sources import Source, Sources

Item = TypeVar("Item")

PER_PAGE = 50


def source_of(request: Request, pipeline: str) -> Source:
    """Return the pipeline of a request.

    Raises:
        NoPage: There is none of that name.
    """
    sources: Sources = request.app.state.sources
    return sources.find(pipeline)


Asked = Annotated[Source, Depends(source_of)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]
Words = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True)
class Part(Generic[Item]):
    """A page of a list.

    Attributes:
        items: Its items.
        number: The number of the page, from 1.
        pages: How many pages there are.
        total: How many items there are on all pages.
    """

    items: Sequence[Item]
    number: int
    pages: int
    total: int


def part_of(items: Sequence[Item], number: int) -> Part[Item]:
    """Return a page of a list; the last one if there are not that many."""
    pages = max(1, -(-len(items) // PER_PAGE))
    number = min(number, pages)
    start = (number - 1) * PER_PAGE
    return Part(items[start : start + PER_PAGE], number, pages, len(items))
