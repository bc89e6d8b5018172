"""The states of the versions of a model, with the numbers of TensorFlow Serving."""

from dataclasses import dataclass
from enum import IntEnum

from penstock.server.errors import Code


class State(IntEnum):
    """The state of a version; the numbers are those of `ModelVersionStatus.State`."""

    UNKNOWN = 0
    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True)
class VersionState:
    """The state of a version, and its error.

    Attributes:
        version: Its number.
        state: Its state.
        code: `Code.OK`, or why it cannot be served.
        message: The error; empty if there is none.
    """

    version: int
    state: State
    code: Code = Code.OK
    message: str = ""
