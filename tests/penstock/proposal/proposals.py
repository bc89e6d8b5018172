"""Profiles, labels and proposals that tests are made of."""

from penstock.proposal.profile import ColumnProfile, LabelProfile

ROWS = 1000


def column(name="c", kind="integer", type="BIGINT", **facts) -> ColumnProfile:
    whole = {"rows": ROWS, "present": ROWS, "sampled": facts.get("present", ROWS), "distinct": 50, **facts}
    return ColumnProfile(name, type, kind, **whole)


def text(name="c", **facts) -> ColumnProfile:
    return column(name, "text", "VARCHAR", **{"words": 1.0, **facts})


def label(kind="text", type="VARCHAR", counts=(("a", 600), ("b", 400)), **facts) -> LabelProfile:
    present = sum(rows for _, rows in counts)
    missing, infinite = facts.get("missing", 0), facts.get("infinite", 0)
    numbers = [value for value, _ in counts if kind in ("integer", "number")]
    whole = {
        "rows": present + missing + infinite,
        "missing": missing,
        "infinite": infinite,
        "counts": tuple(counts),
        "distinct": len(counts),
        "low": min(numbers, default=None),
        "high": max(numbers, default=None),
        **facts,
    }
    return LabelProfile("label", type, kind, **whole)
