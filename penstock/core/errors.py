"""What can go wrong, as a tree; every error is one sentence in four parts.

PenstockError
├── ConfigError      the configuration or an argument is wrong; nothing ran           exit code 2
├── DataError        the table, or a row in it, is not what was configured            exit code 2
├── StoreError       the metadata store cannot be opened, read or written             exit code 2
└── NodeError        a node of the pipeline failed                                    exit code 1
    ├── GateError    a gate refused the data or the model
    └── Interrupted  a signal stopped the command                                exit code 128 + the signal's number
"""

import errno

from penstock.core.text import printable


class PenstockError(Exception):
    """An error that a person can act on: what, expected, received, next step.

    Attributes:
        what: What is wrong, with its name, file or key.
        expected: The expected value or state; may be empty.
        received: The actual value or state; may be empty.
        next_step: What the reader can do now, as an imperative; may be empty.
        details: Further lines, one per finding, if there are several.
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
        # In a container of a cluster there is only the traceback, which shows notes.
        for line in details:
            self.add_note(f"  {printable(line)}")

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
        """Return the parts by their names, for `--json`."""
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
    """A gate refused the data or the model."""


class Interrupted(NodeError):
    """Ctrl-C or another signal stopped the command."""

    exit_code = 130


_REMEDIES = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "name a folder that can be written",
    errno.ENOSPC: "free some space on its disk",
    errno.EDQUOT: "free some space on its disk",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ELOOP: "remove the symbolic link that leads to itself",
    errno.EMFILE: "raise the limit of open files (`ulimit -n`)",
    errno.EISDIR: "name a file in it",
    errno.ENOTDIR: "correct the path",
    errno.ENOENT: "correct the path",
}


def from_system(error: OSError | MemoryError) -> PenstockError:
    """Return the error in four parts for an error of the operating system that no other code explained."""
    if isinstance(error, MemoryError):
        return PenstockError(
            "memory", "enough for the command", str(error) or "none left", "free some, or use fewer rows"
        )
    reason = (error.strerror or str(error)).lower()
    place = str(error.filename) if error.filename else "a file or a folder"
    remedy = _REMEDIES.get(error.errno or 0, "check its permissions and the free space on its disk")
    return PenstockError(place, "one that can be read or written", reason, remedy)


def from_chain(error: BaseException) -> PenstockError | None:
    """Return the PenstockError that `error` is or was raised from, or None.

    Runners and Beam wrap what a node raises; the innermost PenstockError is the one to show.
    """
    seen: set[int] = set()
    innermost: PenstockError | None = None
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, PenstockError):
            innermost = link
        link = link.__cause__ or link.__context__
    return innermost
