"""The tables, smallest first."""

from collections.abc import Callable

from benchmarks.quality import bundled, generated
from benchmarks.quality.table import Table

TABLES: dict[str, Callable[[], Table]] = {
    "iris": bundled.iris,
    "wine": bundled.wine,
    "diabetes": bundled.diabetes,
    "breast-cancer": bundled.breast_cancer,
    "digits": bundled.digits,
    "text": generated.text,
    "friedman": generated.friedman,
    "interactions": generated.interactions,
    "missing": generated.missing,
    "taxi": bundled.taxi,
    "categories": generated.categories,
    "imbalance": generated.imbalance,
}
# In addition, one on which only the time limit of `auto` is measured.
EVERY = {**TABLES, "wide": generated.wide}
