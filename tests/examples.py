"""How many examples of a property a test tries: a share of what the profile in `conftest.py` has; 100 are all."""

from hypothesis import settings

LEAST = 5


def examples(count: int) -> int:
    """Return a number of examples in proportion to the profile: `make fast` tries a quarter of them."""
    default: int = settings.default.max_examples  # type: ignore[union-attr]
    return max(LEAST, count * default // 100)
