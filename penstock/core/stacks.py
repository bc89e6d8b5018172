"""The two sets of versions that Penstock runs on, and which of them a Python and a platform can use.

`scripts/set-up` chooses by the same rules before there is a Python; a test compares both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The environment variable that asks `scripts/set-up` for one of them. It is not a key of the configuration.
VARIABLE = "PENSTOCK_STACK"


@dataclass(frozen=True)
class Stack:
    """TFX of one version, with what it needs.

    Attributes:
        tfx: Its version, as in `PENSTOCK_STACK`.
        lock: The lock file, relative to the project.
        pythons: The versions of Python that its packages are built for.
        glibc: The oldest glibc that they are built for.
        mac: Whether they are built for macOS on arm64.
    """

    tfx: str
    lock: str
    pythons: tuple[tuple[int, int], ...]
    glibc: tuple[int, int]
    mac: bool

    @property
    def platforms(self) -> str:
        """The platforms, in words."""
        linux = f"Linux on x86_64 with glibc {self.glibc[0]}.{self.glibc[1]} or newer"
        return f"{linux}, or macOS on arm64" if self.mac else linux

    def runs_on(self, system: str, machine: str, library: str) -> bool:
        """Return whether the packages are built for a platform.

        Args:
            system: The operating system, such as `Linux`.
            machine: The processor, such as `x86_64`.
            library: The C library and its version, such as `glibc 2.36`.
        """
        if (system, machine) == ("Darwin", "arm64"):
            return self.mac
        version = re.fullmatch(r"glibc (\d+)\.(\d+).*", library)
        if (system, machine) != ("Linux", "x86_64") or version is None:
            return False
        return (int(version[1]), int(version[2])) >= self.glibc


OLD = Stack("1.16", "requirements.lock", ((3, 11),), (2, 17), mac=False)
NEXT = Stack("1.21", "requirements-next.lock", ((3, 12), (3, 13)), (2, 39), mac=True)
STACKS = (OLD, NEXT)


def stack_of(python: Sequence[int]) -> Stack | None:
    """Return the stack whose packages are built for a version of Python; None if there is none."""
    return next((stack for stack in STACKS if tuple(python[:2]) in stack.pythons), None)
