"""Which tables there are, smallest first."""

from collections.abc import Callable

from benchmarks.quality import carried, generated
from benchmarks.quality.table import Table

TABLES: dict[str, Callable[[], Table]] = {
    "iris": carried.iris,
    "wine": carried.wine,
    "diabetes": carried.diabetes,
    "breast-cancer": carried.breast_cancer,
    "digits": carried.digits,
    "text": generated.text,
    "friedman": generated.friedman,
    "interactions": generated.interactions,
    "missing": generated.missing,
    "taxi": carried.taxi,
    "categories": generated.categories,
    "imbalance": generated.imbalance,
}
# Beside them one on which only the limit of `auto` is measured.
EVERY = {**TABLES, "wide": generated.wide}
