"""The error of a server that differs from the model."""

from collections.abc import Sequence

from penstock.core.errors import GateError
from penstock.parity.checking import Finding, shown
from penstock.parity.golden import GoldenRows

_DOCUMENTATION = "see docs/tasks/certificate.md"


def refusal(finding: Finding, rows: GoldenRows, columns: Sequence[str]) -> GateError:
    """Return the error of a server that differs.

    Args:
        finding: What differs.
        rows: The golden rows.
        columns: The columns that the difference comes from; empty if it is not known.
    """
    what = f"the server's answer to {finding.form}"
    if finding.difference is None:
        return GateError(what, finding.expected, finding.received, _DOCUMENTATION)
    row = rows.row(finding.difference.row)
    culprits = " and ".join(f"{name} = {shown(row[name])}" for name in columns)
    what += f", golden row {finding.difference.row + 1}{f', column {culprits}' if culprits else ''}"
    details = () if columns else tuple(f"{name} = {shown(value)}" for name, value in row.items())
    return GateError(what, finding.expected, finding.received, _DOCUMENTATION, details)
