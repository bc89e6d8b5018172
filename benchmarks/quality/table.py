"""A table to measure on, and its Parquet file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from penstock.core.features import Task
from penstock.core.files import atomic_file

LABEL = "label"
# Names the rows, and by its hash decides their split; no feature.
KEY = "row"
# The keys of two repetitions do not overlap, so that their splits differ.
_KEYS_PER_REPEAT = 10_000_000


@dataclass(frozen=True)
class Table:
    """Rows with a label.

    Attributes:
        name: What it is called.
        about: What is in it, in a few words.
        task: What is predicted.
        roles: The role of each feature, as `pipeline.toml` writes it.
        rows: The features and the label.
        label: The label's column.
        truth: Predictions of the best possible model for a generated table, a number per row.
    """

    name: str
    about: str
    task: Task
    roles: dict[str, str]
    rows: pa.Table
    label: str = LABEL
    truth: np.ndarray | None = None

    def frame(self) -> pd.DataFrame:
        """Return the rows as scikit-learn takes them: NaN is missing, lists of numbers are a column for each."""
        frame = self.rows.to_pandas()
        for name, role in self.roles.items():
            if role.startswith("vector"):
                wide = pd.DataFrame(np.stack(frame.pop(name)), index=frame.index)
                frame = frame.join(wide.add_prefix(f"{name}_"))
            elif role == "categorical":
                frame[name] = _texts(frame[name])
        return frame

    def write(self, target: Path, *, repeat: int) -> None:
        """Write the rows with their keys as a Parquet file, atomically.

        Args:
            target: The file.
            repeat: The number of the repeat; another gives other splits.
        """
        keys: np.ndarray = np.arange(self.rows.num_rows) + repeat * _KEYS_PER_REPEAT
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as made:
            pq.write_table(self.rows.append_column(KEY, pa.array(keys, pa.int64())), made)


def positions(keys: np.ndarray) -> np.ndarray:
    """Return the positions in the table of the rows with some keys."""
    return keys % _KEYS_PER_REPEAT


def _texts(column: pd.Series) -> pd.Series:
    """Return categories as text, NaN where missing; whole numbers are written as such."""
    found = column.astype(object)
    missing = found.isna()
    if pd.api.types.is_float_dtype(column):
        found = found.where(missing, column.map(lambda value: f"{value:g}" if value % 1 else f"{value:.0f}"))
    return found.where(missing, found.astype(str)).where(~missing, np.nan)
