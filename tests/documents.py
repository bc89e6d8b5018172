"""Documents with the given fields; all other fields are empty."""

from typing import Any

from penstock.core.documents.verdict import Verdict


def verdict(**fields: Any) -> Verdict:
    """Return a verdict with some fields."""
    empty = {"rows": 33, "metrics": {}, "slices": [], "thresholds": [], "blessed": True}
    return Verdict.model_validate({**empty, **fields})
