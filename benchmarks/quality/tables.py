"""The tables, smallest first."""

from collections.abc import Callable

from benchmarks.quality import bundled, generated, packaged
from benchmarks.quality.table import Table

_TABLES: dict[str, Callable[[], Table]] = {
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
# Those of packages come last; they need the environment of AutoGluon.
TABLES = {**_TABLES, "regression": generated.regression, **packaged.tables()}
# In addition, one on which only the time limit of `auto` is measured.
EVERY = {**TABLES, "wide": generated.wide}
