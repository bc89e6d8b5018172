"""What was made from the files of artifacts, kept until they change: that takes most of the time of a page."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

from markupsafe import Markup

from penstock.core.stamps import FileStamp, is_settled, stamp_of
from penstock.metadata.lineage import Artifact
from penstock.reports.page import section

Made = TypeVar("Made")
Stamp = tuple[tuple[str, FileStamp], ...]


class Kept(Generic[Made]):
    """The last results that were made from files, for use from several threads."""

    def __init__(self, most: int) -> None:
        """Begin without one; of more than `most` those that were not asked for longest are dropped."""
        self._most, self._lock = most, threading.Lock()
        self._made: OrderedDict[tuple[Hashable, str, Stamp], Made] = OrderedDict()

    def get(self, place: str | Path, make: Callable[[], Made], key: Hashable = None, also: Stamp = ()) -> Made:
        """Return what is made from a file or from the files in a folder; it is made again if one of them has changed.

        Args:
            place: The file or the folder.
            make: Makes it; an error is passed on, and not kept.
            key: What else it depends on.
            also: The stamp of further files that it depends on.
        """
        began = time.time_ns()
        whole = (key, str(place), stamp(place) + also)
        with self._lock:
            if whole in self._made:
                self._made.move_to_end(whole)
                return self._made[whole]
        found = make()
        if not is_settled((each for _, each in whole[2]), began):
            return found
        with self._lock:
            self._made[whole] = found
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return found


def stamp(place: str | Path) -> Stamp:
    """Return names and stamps of a file or of the files in a folder; empty if there are none."""
    files = [str(place)]
    if os.path.isdir(place):
        files = [os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names]
    return tuple(sorted((file, found) for file in files if (found := stamp_of(file))))


def of_registry(kept: Kept[Made], file: Path | None, make: Callable[[], Made], key: Hashable) -> Made:
    """Return what is made from the registry in an SQLite file, until it changes; from one on a server each time."""
    return make() if file is None else kept.get(file, make, key, _journal(file))


def _journal(file: Path) -> Stamp:
    """Return the stamp of what is written and not in the file yet; each connection makes an empty journal."""
    return tuple(each for each in stamp(f"{file}-wal") if each[1].size)


_SECTIONS: Kept[Markup] = Kept(64)


def section_of(artifact: Artifact) -> Markup:
    """Return the markup of an artifact, drawn once for the same files and properties."""
    # The section of a push lists the files of the version, which are not in the folder of the artifact.
    version = str(artifact.properties.get("pushed_destination", ""))
    are_there = tuple(map(os.path.exists, (artifact.uri, version)))
    key = (artifact.type, artifact.key, artifact.live, are_there, repr(sorted(artifact.properties.items())))
    return _SECTIONS.get(artifact.uri, lambda: section(artifact), key, stamp(version) if version else ())
