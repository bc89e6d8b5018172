"""The versions of one model: which are loaded, in which state they are, and who uses them."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.server.errors import Code, ServingError
from penstock.server.models.config import ModelConfig, Settings
from penstock.server.models.folders import Found, scan
from penstock.server.models.observer import Observer
from penstock.server.models.servable import Servable
from penstock.server.models.states import State, VersionState

LOG = logging.getLogger("penstock.server")
# As many states of unloaded versions are remembered.
_REMEMBERED = 100

Load = Callable[[Path, str, int], Servable]


@dataclass
class _Version:
    """A version that is or was served, or could not be loaded."""

    state: State = State.START
    servable: Servable | None = None
    stamp: tuple[object, ...] = ()
    error: ServingError | None = None
    failed_stamp: tuple[object, ...] | None = None
    failures: int = 0
    retry_at: float = 0.0


class Model:
    """One model; one thread at a time changes its versions, and any thread uses them."""

    def __init__(self, config: ModelConfig, load: Load, settings: Settings, observer: Observer) -> None:
        """Make a model of which nothing is loaded."""
        self.config = config
        self._load, self._settings, self._observer = load, settings, observer
        self._lock = threading.Lock()
        self._versions: dict[int, _Version] = {}
        self._retired: list[tuple[int, Servable]] = []
        self._labels: dict[str, int] = {}
        self._challenger: int | None = None
        # Loaded as the challenger alone.
        self._hidden: set[int] = set()

    def acquire(self, version: int | None, label: str | None) -> Servable:
        """Return a version that the caller uses until it calls `release` on it.

        Raises:
            ServingError: There is no such version or label.
        """
        with self._lock:
            if label is not None:
                if label not in self._labels:
                    raise ServingError(Code.INVALID_ARGUMENT, f"Unrecognized servable version label: {label}")
                version = self._labels[label]
            number = max(self._available() - self._hidden, default=None) if version is None else version
            entry = self._versions.get(number) if number is not None else None
            if entry is None or entry.servable is None:
                asked = f"Latest({self.config.name})" if version is None else f"Specific({self.config.name}, {version})"
                raise ServingError(Code.NOT_FOUND, f"Servable not found for request: {asked}")
            entry.servable.acquire()
            return entry.servable

    @property
    def challenger(self) -> int | None:
        """The number of the version that gets copies of requests, if it is loaded."""
        return self._challenger if self._challenger in self._available() else None

    @property
    def is_ready(self) -> bool:
        """Whether a request that names no version is answered."""
        return bool(self._available() - self._hidden)

    def states(self) -> list[VersionState]:
        """Return the states of the versions, the latest first."""
        with self._lock:
            return [
                VersionState(number, each.state, each.error.code, each.error.message)
                if each.error
                else VersionState(number, each.state)
                for number, each in sorted(self._versions.items(), reverse=True)
            ]

    @property
    def labels(self) -> Mapping[str, int]:
        """The versions of the labels."""
        return dict(self._labels)

    def poll(self) -> int:
        """Load and unload versions until they are those that the folder, the policy and the labels ask for.

        Return the number of versions whose memory was freed.
        """
        try:
            found = scan(self.config.folder)
        except OSError as error:
            LOG.warning("model %s: the folder cannot be read: %s", self.config.name, error)
            found = {}
        asked = self._asked_labels()
        # Each failure may bring in an older version; none is tried twice in one poll.
        tried: set[int] = set()
        self._set_challenger(found, asked)
        while self._load_next(found, self._wanted(found, asked), tried):
            self._set_challenger(found, asked)
        self._assign(asked)
        wanted = self._wanted(found, asked) | set(self._labels.values())
        if self._available() & wanted and not self._missing(found, wanted):
            for number in self._available() - wanted:
                self._retire(number)
        self._forget(found)
        return self.close_retired()

    def close(self) -> None:
        """Unload all versions, as soon as nobody uses them."""
        for number in self._available():
            self._retire(number)
        self.close_retired()

    def close_retired(self) -> int:
        """Free the versions that nobody uses any more, and return their number."""
        idle = [each for each in self._retired if not each[1].is_used]
        for number, servable in idle:
            self._retired.remove((number, servable))
            servable.close()
            with self._lock:
                entry = self._versions.get(number)
                if entry and entry.state is State.UNLOADING:
                    entry.state = State.END
            LOG.info("model %s: version %d was unloaded", self.config.name, number)
            self._observer.changed(self.config.name, number, State.END.name)
        return len(idle)

    @property
    def is_open(self) -> bool:
        """Whether a version is loaded."""
        return bool(self._retired or self._available())

    def _available(self) -> set[int]:
        return {number for number, each in list(self._versions.items()) if each.servable is not None}

    def _wanted(self, found: Mapping[int, Found], asked: Mapping[str, int]) -> set[int]:
        """Return the versions to serve; for one that cannot be loaded also the one that is chosen without it."""
        wanted = self._chosen(found) | (set(asked.values()) & set(found))
        # A folder without versions is a mistake: those that are loaded go on.
        wanted = wanted - self._hidden or self._available() - self._hidden
        return wanted if self._challenger is None else wanted | {self._challenger}

    def _chosen(self, found: Mapping[int, Found]) -> set[int]:
        """Return the versions that the policy chooses of all, and of those that can be loaded."""
        sound = [number for number in found if number not in self._versions or not self._is_broken(number, found)]
        return self.config.policy.choose(list(found)) | self.config.policy.choose(sound)

    def _set_challenger(self, found: Mapping[int, Found], asked: Mapping[str, int]) -> None:
        """Find the version that gets copies; unless the policy chooses it too, it answers only if it is asked for."""
        given = self.config.challenger
        number = int(given) if given.isdecimal() else asked.get(given)
        self._challenger = number if number in found else None
        self._hidden = set() if number is None else {number} - self._chosen(found)

    def _is_broken(self, number: int, found: Mapping[int, Found]) -> bool:
        entry = self._versions[number]
        return entry.error is not None and entry.servable is None and entry.failed_stamp == found[number].stamp

    def _missing(self, found: Mapping[int, Found], wanted: set[int]) -> bool:
        """Return whether a version is still to be loaded that is not known to be broken."""
        return any(
            number not in self._available() and not (number in self._versions and self._is_broken(number, found))
            for number in wanted
            if number in found
        )

    def _load_next(self, found: Mapping[int, Found], wanted: set[int], tried: set[int]) -> bool:
        """Load the latest version that is due and was not tried, and return whether there was one."""
        for number in sorted((wanted & set(found)) - tried, reverse=True):
            entry = self._versions.get(number, _Version())
            stamp = found[number].stamp
            is_current = entry.servable is not None and entry.stamp == stamp
            is_waiting = entry.failed_stamp == stamp and time.monotonic() < entry.retry_at
            if not is_current and not is_waiting:
                tried.add(number)
                self._load_version(number, found[number])
                return True
        return False

    def _load_version(self, number: int, found: Found) -> None:
        with self._lock:
            entry = self._versions.setdefault(number, _Version())
            if entry.servable is None:
                entry.state, entry.error = State.LOADING, None
        self._observer.changed(self.config.name, number, State.LOADING.name)
        begin = time.monotonic()
        try:
            servable = self._load(found.folder, self.config.name, number)
        except ServingError as error:
            self._observer.loaded(found.folder, self.config.name, time.monotonic() - begin, error.code.name)
            self._fail(number, entry, found, error)
            return
        self._observer.loaded(found.folder, self.config.name, time.monotonic() - begin, "")
        with self._lock:
            before = entry.servable
            entry.servable, entry.stamp, entry.state = servable, found.stamp, State.AVAILABLE
            entry.error, entry.failed_stamp, entry.failures = None, None, 0
        if before is not None:
            self._retired.append((number, before))
        LOG.info("model %s: version %d is served", self.config.name, number)
        self._observer.changed(self.config.name, number, State.AVAILABLE.name)

    def _fail(self, number: int, entry: _Version, found: Found, error: ServingError) -> None:
        """Remember that a version cannot be loaded; what was loaded before goes on."""
        with self._lock:
            entry.failures = entry.failures + 1 if entry.failed_stamp == found.stamp else 1
            seconds = self._settings.retry_seconds * 2.0 ** min(entry.failures - 1, 30)
            entry.retry_at = time.monotonic() + min(seconds, self._settings.longest_retry_seconds)
            entry.failed_stamp = found.stamp
            if entry.servable is None:
                entry.state, entry.error = State.END, error
        goes_on = max(self._available(), default=None)
        words = "no version is served" if goes_on is None else f"version {goes_on} goes on"
        LOG.error("model %s: version %d cannot be loaded, %s: %s", self.config.name, number, words, error)
        self._observer.changed(self.config.name, number, entry.state.name)

    def _retire(self, number: int) -> None:
        with self._lock:
            entry = self._versions[number]
            servable, entry.servable, entry.state = entry.servable, None, State.UNLOADING
        if servable is not None:
            self._retired.append((number, servable))
        self._observer.changed(self.config.name, number, State.UNLOADING.name)

    def _forget(self, found: Mapping[int, Found]) -> None:
        """Forget errors of versions that were removed, and the oldest of many unloaded versions."""
        with self._lock:
            ended = sorted(number for number, each in self._versions.items() if each.state is State.END)
            for number in ended:
                if number not in found and self._versions[number].error:
                    del self._versions[number]
            for number in [each for each in ended if each in self._versions][:-_REMEMBERED]:
                del self._versions[number]

    def _asked_labels(self) -> Mapping[str, int]:
        """Return the labels as they should be; those of before if they cannot be read."""
        labels = self.config.labels
        if isinstance(labels, Mapping):
            return labels
        try:
            return labels()
        except Exception as error:
            LOG.warning("model %s: the labels cannot be read, they stay as they are: %s", self.config.name, error)
            return self._labels

    def _assign(self, asked: Mapping[str, int]) -> None:
        """Move labels, but only to versions that are available."""
        available, labels = self._available(), {}
        for label, number in asked.items():
            if number in available:
                labels[label] = number
            elif self._labels.get(label) in available:
                labels[label] = self._labels[label]
                LOG.warning(
                    "model %s: the label %s stays at version %d, as version %d is not available",
                    *(self.config.name, label, labels[label], number),
                )
        with self._lock:
            self._labels = labels
