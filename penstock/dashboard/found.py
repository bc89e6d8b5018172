"""What the search compares of the rows of the registry: a row that was read once is not read again."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from penstock.dashboard.sources import Source
from penstock.registry.documents import Model, Page
from penstock.registry.lists import Slice

MOST, _FIRST = 1_000, 10


Value = TypeVar("Value")


class Found(Generic[Value]):
    """A value of each of the newest rows of a list, for use from several threads; the values never change."""

    def __init__(self, value_of: Callable[[Any], Value]) -> None:
        """Take what returns the value of a row."""
        self._value_of, self._lock = value_of, threading.Lock()
        self._known: dict[tuple[str, str, int], dict[int, Value]] = {}

    def of(self, source: Source, model: Model, page: Callable[[Slice], Page[Any]]) -> list[Value]:
        """Return the values of the newest rows of a model, at most 1,000; archived ones too.

        Args:
            source: The pipeline.
            model: The model.
            page: Returns a part of the list of its rows.
        """
        key = (source.key, source.config.registry_uri, model.id)
        with self._lock:
            known = self._known.get(key, {})
            new: dict[int, Value] = {}
            part = Slice(_FIRST, newest=True, archived=True)
            while True:
                rows = page(part)
                for row in rows.items:
                    if known.get(row.id) == self._value_of(row) or len(new) == MOST:
                        break
                    new[row.id] = self._value_of(row)
                else:
                    if rows.after is not None:
                        part = Slice(MOST, after=rows.after, newest=True, archived=True)
                        continue
                    known = {}  # all were read again: the registry is another one
                break
            found = {**new, **{id: value for id, value in known.items() if id not in new}}
            self._known[key] = dict(list(found.items())[:MOST])
            return list(self._known[key].values())
