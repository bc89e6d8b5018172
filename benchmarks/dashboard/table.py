"""The table of the benchmark: numbers and categories, a few of which decide the label."""

from pathlib import Path

import numpy as np

_SEED = 20
_CATEGORIES = 12
# Cells in a row that is too long, which goes to the quarantine.
_MALFORMED = 7
LABEL = "label"


def roles(columns: int) -> dict[str, str]:
    """Return the role of each column: of three columns two are numbers, and the third is a category."""
    kinds = {number: "categorical" if number % 3 == 2 else "numeric" for number in range(columns - 1)}
    return {f"{'c' if kind == 'categorical' else 'n'}{number:03d}": kind for number, kind in kinds.items()}


def write(file: Path, rows: int, columns: int, part: int) -> None:
    """Write rows as CSV, the last column the label.

    Args:
        file: The file.
        rows: The number of rows, and one malformed row more.
        columns: The number of columns, the label included.
        part: The number of the table: the later, the further its numbers have drifted.
    """
    draw = np.random.default_rng([_SEED, part])
    cells, signal = [], np.zeros(rows)
    for place, kind in enumerate(roles(columns).values()):
        weight = 1.5 / (1 + place)
        if kind == "numeric":
            values = draw.normal(0.3 * part, 1 + place % 5, rows)
            signal += weight * values / (1 + place % 5)
            cells.append(np.where(draw.random(rows) < 0.02, "", np.char.mod("%.5g", values)))
        else:
            chosen = draw.integers(0, _CATEGORIES, rows)
            signal += weight * (chosen % 3 - 1)
            cells.append(np.char.add("value ", chosen.astype(str)))
    cells.append((signal + draw.logistic(size=rows) > 0).astype(int).astype(str))
    lines = [",".join([*roles(columns), LABEL]), *(",".join(line) for line in np.array(cells).T)]
    file.write_text("\n".join([*lines, "," * (columns + _MALFORMED)]) + "\n", encoding="utf-8")
