"""Who is signed in: a session in memory for each browser that gave a token of the registry."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from penstock.registry.documents import Token

COOKIE = "penstock-session"
LASTS_SECONDS = 8 * 3600
_MOST = 1_000


@dataclass(frozen=True)
class Session:
    """A browser that is signed in.

    Attributes:
        id: The secret in its cookie.
        source: The pipeline whose registry knows the token.
        text: The token.
        owner: The record of the token.
        form: The secret in the forms of its pages, which a page of another site cannot read.
        ends: When it ends, on the clock of the sessions.
    """

    id: str
    source: str
    text: str
    owner: Token
    form: str
    ends: float

    def made(self, form: str) -> bool:
        """Return whether a form is one of this session's pages."""
        return hmac.compare_digest(self.form.encode(), form.encode("utf-8", "surrogatepass"))


class Sessions:
    """The sessions of a process, for use from several threads; they end with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without a session; the clock gives seconds."""
        self._clock, self._lock = clock, threading.Lock()
        self._by_id: dict[str, Session] = {}

    def begin(self, source: str, text: str, owner: Token) -> Session:
        """Return a new session; the oldest one ends if there are too many."""
        ends = self._clock() + LASTS_SECONDS
        session = Session(secrets.token_urlsafe(32), source, text, owner, secrets.token_urlsafe(32), ends)
        with self._lock:
            while len(self._by_id) >= _MOST:
                del self._by_id[next(iter(self._by_id))]
            self._by_id[session.id] = session
        return session

    def find(self, id: str, source: str) -> Session | None:
        """Return the session of a cookie for a pipeline; None if there is none, or it has ended."""
        with self._lock:
            found = self._by_id.get(id)
            if found is not None and found.ends <= self._clock():
                del self._by_id[id]
                return None
        return found if found is not None and found.source == source else None

    def end(self, id: str) -> None:
        """End a session."""
        with self._lock:
            self._by_id.pop(id, None)
