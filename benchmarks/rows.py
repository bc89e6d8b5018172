"""Tables of any number of rows: the bundled rows repeated, with small seeded changes in each repetition."""

from pathlib import Path

import numpy as np
import pandas as pd

from penstock.core.files import atomic_file

SEED = 20
# Largest relative change of a distance, duration or fare, and largest shift of a time.
STRETCH, SHIFT_SECONDS = 0.02, 420
_DECIMALS = {"trip_miles": 2, "trip_seconds": 0, "fare": 4, "tips": 4}
_TIME = "trip_start_timestamp"
_BIG_TIP = 0.2


def write_rows(source: Path, target: Path, count: int, *, seed: int = SEED) -> None:
    """Write a table of `count` rows, one repetition at a time; the first is the source, line by line.

    Args:
        source: The bundled rows.
        target: The file, written atomically.
        count: How many rows it gets.
        seed: The same seed gives the same rows.
    """
    table = pd.read_csv(source, dtype=str, keep_default_na=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target) as made, made.open("w", encoding="utf-8", newline="") as file:
        for repetition, start in enumerate(range(0, count, len(table))):
            part = table.head(count - start)
            changed = vary(part, np.random.default_rng([seed, repetition])) if repetition else part
            changed.to_csv(file, index=False, header=repetition == 0, lineterminator="\n")


def vary(table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Return the rows with slightly changed numbers; missing values stay missing, and no label changes."""
    changed = table.copy()
    for name in ("trip_miles", "trip_seconds"):
        changed[name] = _stretched(table[name], name, _factors(random, len(table)))
    both = _factors(random, len(table))  # a tip is a share of its fare
    for name in ("fare", "tips"):
        changed[name] = _stretched(table[name], name, both)
    turned = (_is_big(changed) != _is_big(table)).to_numpy()  # by rounding, where the tip is exactly that share
    for name in ("fare", "tips"):
        changed[name] = np.where(turned, table[name], changed[name])
    changed[_TIME] = _shifted(table[_TIME], random.integers(-SHIFT_SECONDS, SHIFT_SECONDS + 1, len(table)))
    return changed


def _factors(random: np.random.Generator, count: int) -> np.ndarray:
    return random.uniform(1 - STRETCH, 1 + STRETCH, count)


def _stretched(column: pd.Series, name: str, factors: np.ndarray) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy()
    text = np.char.mod(f"%.{_DECIMALS[name]}f", np.nan_to_num(numbers * factors))
    return np.where(np.isnan(numbers), column, text)


def _shifted(column: pd.Series, seconds: np.ndarray) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy()
    text = np.char.mod("%d", np.nan_to_num(numbers).astype(np.int64) + seconds)
    return np.where(np.isnan(numbers), column, text)


def _is_big(table: pd.DataFrame) -> pd.Series:
    fare, tips = (pd.to_numeric(table[name], errors="coerce") for name in ("fare", "tips"))
    return tips > _BIG_TIP * fare
