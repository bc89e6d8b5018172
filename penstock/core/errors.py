"""What can go wrong, as a tree; every error is one sentence in four parts.

PenstockError
├── ConfigError      the configuration or an argument is wrong; nothing ran           exit code 2
├── DataError        the table, or a row in it, is not what was configured            exit code 2
├── StoreError       the metadata store cannot be opened, read or written             exit code 2
└── NodeError        a node of the pipeline failed                                    exit code 1
    ├── GateError    a gate of ours refused what it was shown
    └── Interrupted  stopped from outside                                        exit code 128 + the signal's number
"""

import errno

from penstock.core.text import printable


class PenstockError(Exception):
    """An error that a person can act on: what, expected, received, next step.

    Attributes:
        what: The thing that is wrong, with its name, file or key.
        expected: What would have been right; may be empty.
        received: What was found instead; may be empty.
        next_step: What to do now, as an imperative.
        details: Further lines, one per thing found, where there is more than one.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        expected: str = "",
        received: str = "",
        next_step: str = "",
        details: tuple[str, ...] = (),
    ) -> None:
        # All parts go to Exception.args, so that the error survives pickling on its way out of a Beam worker.
        super().__init__(what, expected, received, next_step, details)
        self.what = what
        self.expected = expected
        self.received = received
        self.next_step = next_step
        self.details = details

    def __str__(self) -> str:
        sentence = self.what
        if self.expected:
            sentence += f": expected {self.expected}"
        if self.received:
            sentence += f"{', ' if self.expected else ': '}received {self.received}"
        if self.next_step:
            sentence += f"; {self.next_step}"
        return printable(sentence if sentence.endswith(".") else sentence + ".")

    def as_dict(self) -> dict[str, str | list[str]]:
        """Return the parts under their names, for `--json`."""
        return {
            "what": self.what,
            "expected": self.expected,
            "received": self.received,
            "next_step": self.next_step,
            "details": list(self.details),
        }


class ConfigError(PenstockError):
    """The configuration or an argument is wrong; nothing ran."""

    exit_code = 2


class DataError(PenstockError):
    """The table, or a row in it, is not what was configured."""

    exit_code = 2


class StoreError(PenstockError):
    """The metadata store cannot be opened, read or written."""

    exit_code = 2


class NodeError(PenstockError):
    """A node of the pipeline failed."""


class GateError(NodeError):
    """A gate refused what it was shown."""


class Interrupted(NodeError):
    """The command was stopped from outside, by Ctrl-C or another signal."""

    exit_code = 130


_REMEDIES = {
    errno.EACCES: "see to its rights",
    errno.EPERM: "see to its rights",
    errno.EROFS: "name a place that can be written",
    errno.ENOSPC: "free some room on its disk",
    errno.EDQUOT: "free some room on its disk",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ELOOP: "remove the symbolic link that leads to itself",
    errno.EMFILE: "raise the limit of open files (`ulimit -n`)",
    errno.EISDIR: "name a file in it",
    errno.ENOTDIR: "correct the path",
    errno.ENOENT: "correct the path",
}


def from_system(error: OSError | MemoryError) -> PenstockError:
    """Return what the system refused as a sentence, where no better one was made nearer to the cause."""
    if isinstance(error, MemoryError):
        return PenstockError(
            "memory", "enough for the command", str(error) or "none left", "free some, or use fewer rows"
        )
    said = (error.strerror or str(error)).lower()
    place = str(error.filename) if error.filename else "a file or a folder"
    remedy = _REMEDIES.get(error.errno or 0, "see to its rights and to the room on its disk")
    return PenstockError(place, "one that can be read or written", said, remedy)


def from_chain(error: BaseException) -> PenstockError | None:
    """Return the PenstockError that `error` is or was raised from, or None.

    Runners and Beam wrap what a node raises; the sentence for the person is the innermost one of ours.
    """
    seen: set[int] = set()
    found: PenstockError | None = None
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, PenstockError):
            found = current
        current = current.__cause__ or current.__context__
    return found
