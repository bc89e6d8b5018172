"""What is sent back for a request."""

from dataclasses import dataclass, field

import orjson

from penstock.server.errors import ServingError, http_status

JSON = "application/json"
BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Answer:
    """A status, a body and headers.

    Attributes:
        status: The status of HTTP.
        body: The body.
        content_type: The type of the body.
        headers: More headers; their names are in lower case.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def of_value(value: object, status: int = 200) -> Answer:
    """Return an answer whose body is a value as JSON."""
    return Answer(status, orjson.dumps(value))


def of_message(status: int, message: str, **headers: str) -> Answer:
    """Return an answer whose body is an error as TensorFlow Serving and Triton have it."""
    # A message may quote text that is not valid UTF-8.
    text = message.encode(errors="replace").decode()
    return Answer(status, orjson.dumps({"error": text}), headers=headers)


def of_error(error: ServingError) -> Answer:
    """Return the answer for an error."""
    return of_message(http_status(error.code), error.message)
