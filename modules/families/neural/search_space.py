"""The search space of `auto`: ranges of settings for tables, and how they are sampled."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

# The probability that trees split categories by rank instead of by sets of them.
RANKED_SHARE = 0.5
# The probability that trees choose thresholds at random.
EXTRA_SHARE = 0.35
# The probability that their leaves are linear functions, and the range of the penalty of these.
LINEAR_SHARE, PENALTIES = 0.3, (0.01, 100)
# The rows for each of the first linear leaves; and a table is narrow with at most so many columns.
ROWS_PER_SLOPED_LEAF, NARROW = 2_000, 20
MIN_LEAVES = 3
# Parameters that make trees of another kind.
KINDS_OF_TREES = ("extra_trees", "linear_tree")
# The probability of a crossover that a setting is that of the best model.
BEST_SHARE = 0.6
# Of a network: the width of its first hidden layer, the number of hidden layers, and see `network.Shape`.
WIDTHS, MAX_LAYERS, MAX_DROPOUT = (96, 192, 384), 3, 0.4
# The activations of its hidden layers, the default first, and the probability that GELU is drawn, which had less loss
# than ReLU on 16 of 18 tables, by up to 19 %.
ACTIVATIONS, GELU_SHARE = ("relu", "gelu"), 0.8
EMBEDDING_SCALES = (0.5, 2.0)


def crossover(sampled: Mapping[str, Any], best: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Return a uniform crossover: each setting is, at random, that of the best model or a new one.

    A setting that the best model does not have is left out in its place, so that the default applies. A seed is new.
    Method: Syswerda: Uniform Crossover in Genetic Algorithms, ICGA 1989.

    Args:
        sampled: New settings.
        best: The settings of the best model of the same family.
        rng: The random number generator.
    """
    chosen: dict[str, Any] = {}
    for name, value in sampled.items():
        if isinstance(value, Mapping):
            chosen[name] = crossover(value, best.get(name, {}), rng)
        elif name == "seed" or rng.random() >= BEST_SHARE:
            chosen[name] = value
        elif name in best:
            chosen[name] = best[name]
    return chosen


def sample_settings(
    family: str, rng: np.random.Generator, rows: int, *, categories: bool = True, linear: bool = False
) -> dict[str, Any]:
    """Return random settings to try, which replace those of the configuration.

    Args:
        family: The model family.
        rng: The random number generator.
        rows: The number of training rows; with more rows trees are larger.
        categories: Whether there are columns of categories.
        linear: Whether leaves may be linear functions.
    """
    if family == "trees":
        rate, leaves = _between(rng, 0.02, 0.12), _leaves(rng, rows)
        ranked = {"ranked": rng.random() < RANKED_SHARE} if categories else {}
        parameters = _trees(rng, rows) | (_category_smoothing(rng, rows) if categories else {})
        parameters |= _linear(rng) if linear else {}
        return {"learning_rate": rate, "leaves": leaves, **ranked, "parameters": parameters}
    if family == "neural":
        return {
            "learning_rate": _between(rng, 0.0007, 0.005),
            "width": int(rng.choice(WIDTHS)),
            "layers": int(rng.integers(1, MAX_LAYERS + 1)),
            "dropout": round(float(rng.uniform(0, MAX_DROPOUT)), 2),
            "activation": ACTIVATIONS[int(rng.random() < GELU_SHARE)],
            "embedding_scale": _between(rng, *EMBEDDING_SCALES),
            "seed": int(rng.integers(2**31)),
        }
    raise ValueError(f"no settings to sample for the family {family!r}")


def _leaves(rng: np.random.Generator, rows: int) -> int:
    most = np.clip(rows / 100, 8, 255)
    return round(_between(rng, MIN_LEAVES, most))


def kind_of(settings: Mapping[str, Any]) -> frozenset[str]:
    """Return which of KINDS_OF_TREES settings of trees have."""
    return frozenset(name for name in KINDS_OF_TREES if settings.get("parameters", {}).get(name))


def used(settings: Mapping[str, Any], without: Collection[str] = ()) -> dict[str, Any]:
    """Return settings without some parameters of trees, and without those of linear leaves if leaves are constant."""
    if "parameters" not in settings:
        return {**settings}
    kept = {name: value for name, value in settings["parameters"].items() if name not in without}
    if not kept.get("linear_tree"):
        kept = {name: value for name, value in kept.items() if name not in ("linear_tree", "linear_lambda")}
    return {**settings, "parameters": kept}


def first_settings(
    family: str, rows: int, *, columns: int, categories: bool, linear: bool = False
) -> list[dict[str, Any]]:
    """Return the settings that are tried before any are sampled: such as often suit tables, unlike each other.

    Args:
        family: The model family.
        rows: The number of training rows.
        columns: The number of numbers and categories.
        categories: Whether there are columns of categories.
        linear: Whether leaves may be linear functions.
    """
    if family == "neural":
        return [{"activation": "gelu"}]
    if family != "trees":
        return [{}]
    random_thresholds: dict[str, Any] = {"parameters": {"extra_trees": True, "feature_fraction": 0.8}}
    large: dict[str, Any] = {"leaves": int(np.clip(rows // 50, 15, 127)), "learning_rate": 0.03}
    stumps: dict[str, Any] = {"leaves": 4, "learning_rate": 0.08, "parameters": {"feature_fraction": 0.8}}
    strong: dict[str, Any] = {"parameters": {"min_data_in_leaf": 5, "feature_fraction": 0.9, "lambda_l2": 5.0}}
    # Fewer rows need smaller trees, because each leaf has several coefficients.
    functions = {"linear_tree": True, "linear_lambda": 1.0, "extra_trees": True, "feature_fraction": 0.8}
    sloped: dict[str, Any] = {"leaves": int(np.clip(rows // ROWS_PER_SLOPED_LEAF, 8, 16)), "parameters": functions}
    # A tree that sees half of a few columns often lacks one that interacts with the others.
    ranked: dict[str, Any] = {"ranked": True, **(strong if columns <= NARROW else {})}
    return [
        {},
        *([sloped] if linear else []),
        *([ranked] if categories else []),
        random_thresholds,
        *([{"ranked": True, **random_thresholds}] if categories else []),
        {**large, **strong},
        stumps,
    ]


def _trees(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    # Random thresholds make trees that differ more from each other, for the ensemble.
    extra = {"extra_trees": True} if rng.random() < EXTRA_SHARE else {}
    return {
        "feature_fraction": round(float(rng.uniform(0.2, 1)), 2),
        "bagging_fraction": round(float(rng.uniform(0.5, 1)), 2),
        "min_data_in_leaf": round(_between(rng, 1 if rows < 1000 else 3, np.clip(rows / 20, 5, 100))),
        "lambda_l2": _between(rng, 0.01, 30),
        **extra,
    }


def _linear(rng: np.random.Generator) -> dict[str, Any]:
    return {"linear_tree": bool(rng.random() < LINEAR_SHARE), "linear_lambda": _between(rng, *PENALTIES)}


def _category_smoothing(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    return {
        "min_data_per_group": round(_between(rng, 2, np.clip(rows / 10, 5, 200))),
        "cat_smooth": _between(rng, 0.5, 60),
        "cat_l2": _between(rng, 0.5, 60),
    }


def _between(rng: np.random.Generator, least: float, most: float) -> float:
    """Return a log-uniform random number, rounded to two digits."""
    return float(f"{np.exp(rng.uniform(np.log(least), np.log(most))):.2g}")
