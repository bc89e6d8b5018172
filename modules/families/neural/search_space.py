"""The settings that `auto` tries, drawn at random from ranges that suit tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np

# How often trees split categories by their ranks, in place of sets of them.
RANKED = 0.5
FEWEST_LEAVES = 3
# How often a setting is taken from the best model, where some are.
KEPT = 0.6
# Of a network: its first hidden layer, how many there are, each half as wide as the one before it, and `neural.Shape`.
WIDTHS, MOST_LAYERS, MOST_DROPOUT = (96, 192, 384), 3, 0.4
EMBEDDING_SCALES = (0.5, 2.0)


def mixed(fresh: Mapping[str, Any], best: Mapping[str, Any], draw: np.random.Generator) -> dict[str, Any]:
    """Return settings of which each is, as chance has it, that of the best model so far or a fresh one.

    Args:
        fresh: Settings that were drawn.
        best: Those of the best model of the same family.
        draw: Where chance comes from.
    """
    chosen = {}
    for name, value in fresh.items():
        if isinstance(value, Mapping):
            chosen[name] = mixed(value, best.get(name, {}), draw)
        else:
            chosen[name] = best[name] if name in best and draw.random() < KEPT else value
    return chosen


def drawn(family: str, draw: np.random.Generator, rows: int) -> dict[str, Any]:
    """Return settings to try, over those of the configuration.

    Args:
        family: The model family.
        draw: Where chance comes from.
        rows: The number of training rows; the more, the larger the trees.
    """
    if family == "trees":
        rate, leaves = _between(draw, 0.02, 0.12), _leaves(draw, rows)
        return {
            "learning_rate": rate,
            "leaves": leaves,
            "ranked": draw.random() < RANKED,
            "parameters": _trees(draw, rows),
        }
    if family == "neural":
        return {
            "learning_rate": _between(draw, 0.0007, 0.005),
            "width": int(draw.choice(WIDTHS)),
            "layers": int(draw.integers(1, MOST_LAYERS + 1)),
            "dropout": round(float(draw.uniform(0, MOST_DROPOUT)), 2),
            "embedding_scale": _between(draw, *EMBEDDING_SCALES),
            "seed": int(draw.integers(2**31)),
        }
    raise ValueError(f"no settings to draw for the family {family!r}")


def _leaves(draw: np.random.Generator, rows: int) -> int:
    most = np.clip(rows / 100, 8, 255)
    return round(_between(draw, FEWEST_LEAVES, most))


def _trees(draw: np.random.Generator, rows: int) -> dict[str, Any]:
    extra = {"extra_trees": True} if draw.random() < 0.25 else {}
    return {
        "feature_fraction": round(float(draw.uniform(0.2, 1)), 2),
        "bagging_fraction": round(float(draw.uniform(0.5, 1)), 2),
        "min_data_in_leaf": round(_between(draw, 1 if rows < 1000 else 3, np.clip(rows / 20, 5, 100))),
        "lambda_l2": _between(draw, 0.01, 30),
        "cat_smooth": _between(draw, 1, 60),
        "cat_l2": _between(draw, 1, 60),
        **extra,
    }


def _between(draw: np.random.Generator, least: float, most: float) -> float:
    """Return a number with two digits; each order of magnitude is as likely."""
    return float(f"{np.exp(draw.uniform(np.log(least), np.log(most))):.2g}")
