"""A table to measure on."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.quality.table import KEY, Table, positions

ROWS = pa.table(
    {
        "miles": [1.5, None, 2.0],
        "zone": pa.array([7, None, 8], pa.int64()),
        "paid": ["card", None, "cash"],
        "list": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        "label": [0, 1, 0],
    }
)
ROLES = {"miles": "numeric", "zone": "categorical", "paid": "categorical", "list": "vector[2]"}
TABLE = Table("small", "a few rows", "binary", ROLES, ROWS)


def test_frame_has_categories_as_text_lists_as_columns_and_nan_where_missing():
    frame = TABLE.frame()
    assert frame["zone"].tolist()[::2] == ["7", "8"]
    assert frame["paid"].tolist()[::2] == ["card", "cash"]
    assert frame.isna().sum().to_dict() == {"miles": 1, "zone": 1, "paid": 1, "label": 0, "list_0": 0, "list_1": 0}
    assert frame["list_1"].tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("repeat", [0, 3])
def test_keys_of_two_repetitions_do_not_overlap_and_lead_back_to_the_rows(tmp_path, repeat):
    TABLE.write(tmp_path / "rows.parquet", repeat=repeat)
    written = pq.read_table(tmp_path / "rows.parquet")
    keys = written[KEY].to_numpy()
    assert written.drop([KEY]).equals(ROWS)
    assert positions(keys).tolist() == [0, 1, 2]
    assert not set(keys) & set(np.arange(3) + (repeat + 1) * 10_000_000)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.parquet"]
