"""What fitting and saving are foretold to take, in seconds: by rows, columns and classes, before anything is fitted."""

from modules.families.problem import Columns

LEAST_LIMIT, ROWS_PER_SECOND, VALUES_PER_SECOND, MOST_LIMIT = 13.0, 200, 2e6, 600.0
# Tracing and saving the signatures, whatever the model: alone, and by transformed column.
SAVING, SAVING_COLUMN = 0.9, 0.015
# Each network has graphs and variables of its own, a variable for every category.
NETWORK, NETWORK_CATEGORY = 0.5, 0.1


def limit_of(rows: int, columns: Columns, classes: int) -> float:
    """Return the seconds for `auto` where none are configured: some by rows and values to fit, and those of saving.

    Args:
        rows: Of training and validation together.
        columns: The transformed columns.
        classes: Of a multiclass label, each of which is fitted; else 0.
    """
    values = rows * columns.width * max(classes, 1)
    fitting = LEAST_LIMIT + rows / ROWS_PER_SECOND + values / VALUES_PER_SECOND
    return min(fitting, MOST_LIMIT) + SAVING_COLUMN * len(columns.names)


def saving_of(columns: Columns) -> float:
    """Return the seconds that it takes to save the signatures of a small model over such columns."""
    return SAVING + SAVING_COLUMN * len(columns.names)


def network_of(columns: Columns) -> float:
    """Return the seconds that a network over such columns adds to them."""
    return NETWORK + NETWORK_CATEGORY * len(columns.categories)
