"""A problem of all kinds of columns, whose rule each family can learn."""

import numpy as np

from modules.families.problem import Columns, Problem

SETTINGS = {
    "seed": 3,
    "epochs": 3,
    "batch_size": None,
    "learning_rate": None,
    "rounds": None,
    "leaves": None,
    "class_weights": None,
    "time_limit": None,
    "max_row_microseconds": None,
    "max_megabytes": None,
}
CATEGORIES = 9
COLUMNS = Columns(
    ["miles_xf", "at_xf", "at_xf_hour_sin"],
    ["miles_xf_missing", "at_xf_missing", "shared_xf", "shared_xf_missing", "loud_xf"],
    {"kind_xf": CATEGORIES, "zone_xf": 40},
    {"text_xf": 3},
)
# The links of the tasks without a loss or an order.
LINKS = {"binary": "sigmoid", "multiclass": "softmax", "regression": "identity"}
# Tables of one kind of columns, and of all.
KINDS = {
    "all": COLUMNS,
    "numbers": Columns(COLUMNS.numbers, [], {}),
    "categories": Columns([], [], COLUMNS.categories),
    "vectors": Columns([], [], {}, {"text_xf": 3}),
}
# Indices that the training rows do not have.
UNSEEN = 2


def rows_of(count, seed=1, unseen=False):
    """Return columns: a tenth of the numbers is missing; the last indices of `kind` are only there with `unseen`."""
    draw = np.random.default_rng(seed)
    missing = {name: (draw.random(count) < 0.1).astype(np.float32) for name in ("miles", "at", "shared")}
    present = {name: 1 - flag for name, flag in missing.items()}
    return {
        "miles_xf": draw.normal(size=count).astype(np.float32) * present["miles"],
        "at_xf": draw.normal(size=count).astype(np.float32) * present["at"],
        "at_xf_hour_sin": draw.normal(size=count).astype(np.float32) * present["at"],
        "shared_xf": draw.integers(0, 2, count).astype(np.float32) * present["shared"],
        "loud_xf": draw.integers(0, 2, count).astype(np.float32),
        **{f"{name}_xf_missing": flag for name, flag in missing.items()},
        "kind_xf": draw.integers(0, CATEGORIES if unseen else CATEGORIES - UNSEEN, count),
        "zone_xf": draw.integers(0, 40, count),
        "text_xf": draw.normal(size=(count, 3)).astype(np.float32),
    }


def labels_of(rows, task, seed=1):
    """Return labels by a rule with noise: a number, whether it is above zero, or which third it is in."""
    noise = np.random.default_rng(seed + 100).normal(size=len(rows["kind_xf"]))
    lucky = np.isin(rows["kind_xf"], (0, 2, 5)) * 1.5 + (rows["zone_xf"] % 3 == 0)
    value = rows["miles_xf"] + 2 * rows["miles_xf_missing"] + lucky - 1.5 + rows["text_xf"][:, 1] + 0.3 * noise
    if task == "multiclass":
        return np.digitize(value, [-0.5, 1.0]).astype(np.int64)
    return (value > 0).astype(np.float32) if task == "binary" else (value * 100).astype(np.float32)


def problem_of(task, count=400, columns=COLUMNS):
    """Return a problem of so many training rows, and half as many for validation."""
    parts = []
    for rows in (rows_of(count, seed=1), rows_of(max(count // 2, 1), seed=2)):
        parts.append(({name: rows[name] for name in columns.names}, labels_of(rows, task)))
    return Problem(columns, task, 3 if task == "multiclass" else 0, *parts)


def wide_problem(columns, classes, rows):
    """Return a problem of numbers, the first of which decides the class; a sixth of the rows is for validation."""
    draw = np.random.default_rng(1)
    names = [f"n{number}_xf" for number in range(columns)]
    values = draw.normal(size=(rows, columns)).astype(np.float32)
    places = np.argsort(np.argsort(values[:, 0]))
    labels = (places * classes // rows).astype(np.int64)
    ends = slice(0, rows * 5 // 6), slice(rows * 5 // 6, rows)
    parts = [({name: values[end, place].copy() for place, name in enumerate(names)}, labels[end]) for end in ends]
    return Problem(Columns(names, [], {}), "multiclass", classes, *parts)


def categories_problem(rows, classes, columns=16):
    """Return a problem of categories of nine values each, one of them by class; a sixth is for validation."""
    draw = np.random.default_rng(1)
    names = [f"c{number}_xf" for number in range(columns)]
    labels = draw.integers(0, classes, rows)
    usual = draw.integers(1, 10, (columns, classes))
    values = {
        name: np.where(draw.random(rows) < 0.6, usual[place][labels], draw.integers(1, 10, rows))
        for place, name in enumerate(names)
    }
    ends = slice(0, rows * 5 // 6), slice(rows * 5 // 6, rows)
    parts = [({name: values[name][end] for name in names}, labels[end]) for end in ends]
    return Problem(Columns([], [], dict.fromkeys(names, 11)), "multiclass", classes, *parts)
