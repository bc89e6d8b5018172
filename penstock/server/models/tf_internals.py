"""The one name of TensorFlow that is not documented: a call of a session that checks nothing for each tensor."""

from collections.abc import Callable, Sequence
from typing import Any


def callable_of(session: Any, feeds: Sequence[str], fetches: Sequence[str]) -> Callable[..., list[Any]]:
    """Return a function from the values of tensors to those of others, for one session.

    The documented `make_callable` looks up and checks each tensor in Python, which takes as long as a small graph.

    Args:
        session: The session.
        feeds: The names of the tensors that are given, in the order of the function's arguments.
        fetches: The names of the tensors that are returned.
    """
    from tensorflow.core.protobuf.config_pb2 import CallableOptions

    made: Callable[..., list[Any]] = session._make_callable_from_options(CallableOptions(feed=feeds, fetch=fetches))
    return made
