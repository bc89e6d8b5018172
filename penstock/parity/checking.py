"""Sends golden rows to a server in each form, and compares the answers with the expected values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from penstock.core.documents import certificate as documents
from penstock.parity.comparison import Difference, Mismatch, compare
from penstock.parity.forms import FORMS, Form, parts
from penstock.parity.golden import GoldenRows
from penstock.parity.rest import Refused, RestServer
from penstock.parity.rpc import GrpcServer


@dataclass(frozen=True)
class Servers:
    """The interfaces of a server; None for one that is not asked."""

    rest: RestServer | None = None
    grpc: GrpcServer | None = None

    @property
    def forms(self) -> list[tuple[Form, Any]]:
        """The forms of request, each with the interface that takes it."""
        by_name = {"rest": self.rest, "grpc": self.grpc}
        return [(form, by_name[form.over]) for form in FORMS if by_name[form.over] is not None]


@dataclass(frozen=True)
class Finding:
    """A form whose answer is not the expected one.

    Attributes:
        form: The form.
        difference: The largest difference; None if the answer cannot be compared.
        expected: What was expected, in words.
        received: What was answered, in words.
    """

    form: str
    difference: Difference | None
    expected: str
    received: str


def check(servers: Servers, rows: GoldenRows, tolerance: float) -> tuple[list[documents.Form], Finding | None]:
    """Return the differences by form, and the first form that differs by more than the tolerance, if one does.

    Raises:
        StoreError: A server does not answer.
    """
    found: list[documents.Form] = []
    finding: Finding | None = None
    for form, server in servers.forms:
        try:
            largest, requests = _largest(form, server, rows)
        except Mismatch as error:
            finding = finding or Finding(form.name, None, error.expected, error.received)
            continue
        except Refused as error:
            if error.status == 404:
                raise
            finding = finding or Finding(form.name, None, error.expected, error.received)
            continue
        sizes = {name: each.size for name, each in largest.items()}
        found.append(documents.Form(form=form.name, requests=requests, largest=sizes))
        worst = max(largest.values(), key=lambda each: each.size)
        if worst.size > tolerance and finding is None:
            words = [f"{worst.output} {shown(value)}" for value in (worst.expected, worst.received)]
            finding = Finding(form.name, worst, *words)
    return found, finding


def _largest(form: Form, server: Any, rows: GoldenRows) -> tuple[dict[str, Difference], int]:
    """Return the largest difference by output, and the number of requests."""
    largest: dict[str, Difference] = {}
    start, sent = 0, parts(rows)
    for part in sent:
        for name, each in compare(part.expected, form.send(server, part)).items():
            moved = replace(each, row=each.row + start)
            largest[name] = max(largest.get(name, moved), moved, key=lambda one: one.size)
        start += len(part)
    return largest, len(sent)


def shown(value: Any) -> str:
    """Return a value for a message: few digits of a number, and the first numbers of a list."""
    if isinstance(value, float):
        return f"{value:.7g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(shown, value[:5]))}{', ...' if len(value) > 5 else ''}]"
    return repr(value) if isinstance(value, str) else str(value)
