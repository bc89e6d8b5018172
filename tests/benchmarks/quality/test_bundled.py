"""Tables that need no download."""

import pyarrow as pa
import pytest

from benchmarks.quality import bundled


@pytest.mark.parametrize(
    ("make", "rows", "columns", "task"),
    [
        (bundled.iris, 150, 4, "multiclass"),
        (bundled.wine, 178, 13, "multiclass"),
        (bundled.breast_cancer, 569, 30, "binary"),
        (bundled.diabetes, 442, 10, "regression"),
        (bundled.digits, 1_797, 1, "multiclass"),
    ],
)
def test_table_of_scikit_learn_has_its_rows_columns_and_task(make, rows, columns, task):
    table = make()
    assert (table.rows.num_rows, len(table.roles), table.task) == (rows, columns, task)
    assert pa.types.is_floating(table.rows[table.label].type) == (task == "regression")


def test_digits_are_one_column_of_lists_of_equal_length():
    table = bundled.digits()
    assert table.roles == {"image": "vector[64]"}
    assert {len(image) for image in table.rows["image"].to_pylist()} == {64}
