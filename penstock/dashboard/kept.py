"""What was made from the files of artifacts, kept until they change: that takes most of the time of a page."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from markupsafe import Markup

from penstock.metadata.lineage import Artifact
from penstock.reports.page import section

Made = TypeVar("Made")
Stamp = tuple[tuple[str, int, int], ...]
# The time of a file is as exact as the ticks of the system: another change in the same tick does not show.
_SETTLED_NANOSECONDS = 100_000_000


class Kept(Generic[Made]):
    """The last results that were made from files, for use from several threads."""

    def __init__(self, most: int) -> None:
        """Begin without one; of more than `most` those that were not asked for longest are dropped."""
        self._most, self._lock = most, threading.Lock()
        self._made: OrderedDict[tuple[Hashable, str, Stamp], Made] = OrderedDict()

    def get(self, place: str | Path, make: Callable[[], Made], key: Hashable = None) -> Made:
        """Return what is made from a file or from the files in a folder; it is made again if one of them has changed.

        Args:
            place: The file or the folder.
            make: Makes it; an error is passed on, and not kept.
            key: What else it depends on.
        """
        whole = (key, str(place), stamp(place))
        with self._lock:
            if whole in self._made:
                self._made.move_to_end(whole)
                return self._made[whole]
        found = make()
        if not is_settled(time_of for _, time_of, _ in whole[2]):
            return found
        with self._lock:
            self._made[whole] = found
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return found


def stamp(place: str | Path) -> Stamp:
    """Return names, times and sizes of a file or of the files in a folder; empty if there are none."""
    files = [str(place)]
    if os.path.isdir(place):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names]
    return tuple(sorted(found for file in files if (found := _stamp(file))))


def is_settled(times: Iterable[int]) -> bool:
    """Say whether the times of some files, in nanoseconds, are those of the past: a later change will show."""
    latest = time.time_ns() - _SETTLED_NANOSECONDS
    return all(each < latest for each in times)


def _stamp(file: str) -> tuple[str, int, int] | None:
    try:
        about = os.stat(file)
    except OSError:
        return None
    return file, about.st_mtime_ns, about.st_size


def of_registry(kept: Kept[Made], file: Path | None, make: Callable[[], Made], key: Hashable) -> Made:
    """Return what is made from the registry in an SQLite file, until it changes; from one on a server each time."""
    return make() if file is None else kept.get(file, make, (key, _journal(file)))


def _journal(file: Path) -> Stamp:
    """Return the stamp of what is written and not in the file yet; each connection makes an empty journal."""
    return tuple(each for each in stamp(f"{file}-wal") if each[2])


_SECTIONS: Kept[Markup] = Kept(64)


def section_of(artifact: Artifact) -> Markup:
    """Return the markup of an artifact, drawn once for the same files and properties."""
    key = (artifact.type, artifact.key, artifact.live, repr(sorted(artifact.properties.items())))
    return _SECTIONS.get(artifact.uri, lambda: section(artifact), key)
