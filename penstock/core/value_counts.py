"""How often a category that is a number has each value, in TFDV's statistics."""

from typing import Any

COUNTS = "topk_sketch_rank_histogram"  # TFDV's name


def value_counts(feature: Any) -> Any:
    """Return the `RankHistogram` of a category that is a number; None for any other column."""
    return next((each.rank_histogram for each in feature.custom_stats if each.name == COUNTS), None)
