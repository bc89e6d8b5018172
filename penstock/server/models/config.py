"""What is served, and how."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# The versions of labels, or a function that returns them, which is called at each poll.
Labels = Mapping[str, int] | Callable[[], Mapping[str, int]]


@dataclass(frozen=True)
class Policy:
    """Which of the versions in a folder are served.

    Attributes:
        latest: How many of those with the largest numbers.
        every: Whether all versions are served.
        specific: The numbers of the versions that are served; if there are any, the other attributes are ignored.
    """

    latest: int = 1
    every: bool = False
    specific: tuple[int, ...] = ()

    def choose(self, numbers: Collection[int]) -> set[int]:
        """Return the versions to serve among those that exist."""
        if self.specific:
            return set(numbers) & set(self.specific)
        return set(numbers) if self.every else set(sorted(numbers)[-self.latest :])


@dataclass(frozen=True)
class ModelConfig:
    """A model to serve.

    Attributes:
        name: Its name.
        folder: The folder of its versions, or of one SavedModel.
        policy: Which versions are served.
        labels: The versions of labels; these versions are served too.
        challenger: The number of a version, or a label, that gets copies of requests; empty for none. It is loaded in
            addition, and a request that names no version is answered by the others.
    """

    name: str
    folder: Path
    policy: Policy = Policy()
    labels: Labels = field(default_factory=dict)
    challenger: str = ""


@dataclass(frozen=True)
class Threads:
    """The threads of TensorFlow for a model.

    Attributes:
        intra: How many work on one operation; 0 for one per core.
        inter: How many operations run at the same time; -1 runs them all in the thread of the caller.
    """

    intra: int = 1
    inter: int = -1


@dataclass(frozen=True)
class Batching:
    """How rows of several requests are predicted in one call.

    Attributes:
        rows: The most rows of a call.
        seconds: How long a request may wait for others while a call is in progress; without one it never waits.
    """

    rows: int = 128
    seconds: float = 0.0


@dataclass(frozen=True)
class Settings:
    """How models are loaded and called.

    Attributes:
        threads: The threads of TensorFlow.
        poll_seconds: The time between two looks at the folders.
        retry_seconds: The time until a version that cannot be loaded is tried again, doubled at each failure.
        longest_retry_seconds: The longest such time.
        batching: How rows of several requests are put together; None for not at all.
        calls: How many calls run at the same time for the event loop; 0 for one per core.
    """

    threads: Threads = Threads()
    poll_seconds: float = 1.0
    retry_seconds: float = 1.0
    longest_retry_seconds: float = 60.0
    batching: Batching | None = None
    calls: int = 0
