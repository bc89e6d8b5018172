"""Sends the golden rows of a pushed version again, and compares the answers with the values that it carries."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from penstock.core.documents.certificate import Certificate, Form, Latency
from penstock.core.documents.document import VERSION, Part, Version
from penstock.core.errors import ConfigError, DataError
from penstock.core.text import printable
from penstock.parity.checking import Finding, Servers, check
from penstock.parity.forms import FORMS
from penstock.parity.golden import GoldenRows
from penstock.parity.latency import Limits, measure
from penstock.parity.rest import Refused
from penstock.versions.record import CERTIFICATE, EXTRA, GOLDEN_ROWS

_REQUESTS, _SECONDS = 100, 1.0


class Differs(Part):
    """What differs: the form, the number of the row from 1, and the values.

    Attributes:
        form: The form of request; empty if the server does not have the version.
        row: The number of the golden row; None if the answer as a whole is not the expected one.
        expected: What was expected, in words.
        received: What was answered, in words.
        columns: The values of the row by column.
    """

    form: str
    row: int | None
    expected: str
    received: str
    columns: dict[str, Any] = {}


class Verification(Part):
    """The result of `penstock verify`, as `--json` prints it.

    Attributes:
        version: The number of the version.
        server: The address of the server.
        state: Whether the answers are the expected ones.
        rows: The number of golden rows.
        tolerance: The largest difference that passes.
        forms: The differences by form of request.
        latency: The latencies; none if the answers differ.
        difference: What differs; None if nothing does.
    """

    document_version: Version = VERSION
    version: int | None
    server: str
    state: Literal["same", "differs"]
    rows: int
    tolerance: float
    forms: tuple[Form, ...]
    latency: tuple[Latency, ...] = ()
    difference: Differs | None = None


@dataclass(frozen=True)
class Expected:
    """What a version must answer: its golden rows, and the largest difference that passes."""

    rows: GoldenRows
    tolerance: float


def expected_of(version: Path, tolerance: float | None = None) -> Expected:
    """Return what a version carries.

    Args:
        version: The folder of the version.
        tolerance: The largest difference that passes; by default that of its certificate.

    Raises:
        DataError: The version has no golden rows.
        PenstockError: A file is damaged.
    """
    for name in (CERTIFICATE, GOLDEN_ROWS):
        if not (version / name).is_file():
            next_step = "push it again with serving.check = true"
            raise DataError(f"the version in {version}", f"its file {name}", "no such file", next_step)
    certificate = Certificate.read(version / EXTRA)
    rows = GoldenRows.read(version / EXTRA)
    if rows.digest != certificate.rows.digest:
        raise DataError(
            str(version / GOLDEN_ROWS), "the rows of the certificate", "others", "write `penstock fsck --repair`"
        )
    return Expected(rows, certificate.tolerance if tolerance is None else tolerance)


def verify(servers: Servers, number: int | None, expected: Expected) -> Verification:
    """Compare a server with a version.

    Args:
        servers: The interfaces of the server; at least one.
        number: The number of the version.
        expected: What it must answer.

    Raises:
        ConfigError: No interface is given.
        StoreError: The server does not answer.
    """
    name = next((each.name for each in (servers.rest, servers.grpc) if each is not None), None)
    if name is None:
        raise ConfigError("verify", "the address of a server", "none", "name one")
    rows, tolerance = expected.rows, expected.tolerance
    result = Verification(
        version=number,
        server=name,
        state="same",
        rows=len(rows),
        tolerance=tolerance,
        forms=(),
        latency=(),
        difference=None,
    )
    try:
        forms, finding = check(servers, rows, tolerance)
    except Refused as error:
        return result.model_copy(update={"state": "differs", "difference": _absent(servers, number, error)})
    if finding is not None:
        return result.model_copy(
            update={"state": "differs", "forms": tuple(forms), "difference": _differs(finding, rows)}
        )
    return result.model_copy(update={"forms": tuple(forms), "latency": _latency(servers, rows)})


def _absent(servers: Servers, number: int | None, error: Refused) -> Differs:
    """Return the difference of a server that does not have the model or the version."""
    available = servers.rest.versions() if servers.rest else []
    listed = f"version{'s' * (len(available) > 1)} {', '.join(map(str, available))}" if available else error.received
    return Differs(form="", row=None, expected=f"version {number}", received=listed)


def _differs(finding: Finding, rows: GoldenRows) -> Differs:
    found = finding.difference
    return Differs(
        form=finding.form,
        row=None if found is None else found.row + 1,
        expected=finding.expected,
        received=finding.received,
        columns={} if found is None else rows.row(found.row),
    )


def _latency(servers: Servers, rows: GoldenRows) -> tuple[Latency, ...]:
    by_form = {"JSON rows": servers.rest, "columns over gRPC": servers.grpc}
    limits = Limits(_REQUESTS, _SECONDS)
    found = [(form, by_form.get(form.name)) for form in FORMS]
    return tuple(measure(form, server, rows, limits) for form, server in found if server is not None)


def sentence(result: Verification) -> str:
    """Return what differs as a sentence."""
    found = result.difference
    if found is None:
        return "Nothing differs."
    place = f"{found.form}, " if found.form else ""
    row = f"golden row {found.row}: " if found.row else ""
    return printable(f"Differs: {place}{row}expected {found.expected}, received {found.received}.")
