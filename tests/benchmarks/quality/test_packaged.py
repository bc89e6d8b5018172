"""Tables of R's packages, from frames as the package gives them."""

import pandas as pd
import pytest

from benchmarks.quality.packaged import ORIGINS, _Origin, table_of

FRAME = pd.DataFrame(
    {
        "rownames": [1, 2, 3, 4],
        "size": [1.5, None, 2.5, 3.5],
        "zip": [94103, 94104, 94103, 94105],
        "color": ["red", None, "blue", "red"],
        "logprice": [1.0, 2.0, 3.0, 4.0],
        "price": [10, 20, None, 40],
        "sold": ["yes", "no", None, "yes"],
    }
)


def test_row_names_columns_of_the_answer_and_rows_without_a_label_are_left_out():
    origin = _Origin("p", "i", "price", "regression", "houses", ("logprice", "sold"))
    table = table_of("houses", origin, FRAME)
    assert table.roles == {"size": "numeric", "zip": "categorical", "color": "categorical"}
    assert table.rows["label"].to_pylist() == [10.0, 20.0, 40.0]
    assert table.rows["zip"].to_pylist() == ["94103", "94104", "94105"]
    assert table.rows["color"].to_pylist() == ["red", None, "red"]


def test_classes_become_whole_numbers_in_their_order():
    table = table_of("houses", _Origin("p", "i", "sold", "binary", "houses", ("price",)), FRAME)
    assert table.rows["label"].to_pylist() == [1, 0, 1]


@pytest.mark.parametrize("origin", ORIGINS.values(), ids=list(ORIGINS))
def test_every_table_has_a_task_and_is_described(origin):
    assert origin.task in ("binary", "multiclass", "regression")
    assert origin.about[0].islower()
    assert origin.label not in origin.without
