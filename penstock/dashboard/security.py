"""What each answer passes: the headers that limit what a page may do, and the check of the host that was asked."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_OTHER_HOST = "This dashboard is not reached under that name; start it with --allow-host NAME.\n"
_LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")


class Guard:
    """Adds the headers to each answer, and refuses requests for the name of another host.

    A page of another site could otherwise give its own name the address of this machine, and read the answers.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        """Guard an application.

        Args:
            app: The application.
            hosts: The names under which it is reached, in addition to those of loopback; `*` for any.
        """
        self._app = app
        self._any = "*" in hosts
        self._hosts = frozenset(host.lower() for host in (*_LOCAL, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                added = [header for header in _HEADERS if header[0] not in given]
                kept = [] if b"cache-control" in given else [(b"cache-control", b"no-store")]
                message = {**message, "headers": [*message["headers"], *added, *kept]}
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if not self._any and _name(host) not in self._hosts:
            answer = PlainTextResponse(_OTHER_HOST, 421)
            await answer(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def _name(host: str) -> str:
    """Return the name in a Host header, without the port."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower()
