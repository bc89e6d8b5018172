"""`penstock predict` gives the scores that the Evaluator measured, for every table and file format.

`make parity COUNT=300` takes so many tables, and trains models of an eighth of them; by default there are a few.
"""

import csv
import json
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import PenstockError
from penstock.core.features import Feature
from penstock.tables.input import Input
from tests.e2e.parity import by_examples, by_scores, differences, examples_of
from tests.e2e.parity_tables import make_table

pytestmark = pytest.mark.e2e

FIRST, COUNT = int(os.environ.get("PARITY_FIRST", "0")), int(os.environ.get("PARITY_COUNT", "9"))
SEEDS = range(FIRST, FIRST + COUNT)
# Tables that Penstock refuses before anything runs. They are few.
SKIPPED: list[str] = []


def check(folder, seed, ways):
    table = make_table(seed)
    try:
        made = ways(table, folder)
    except PenstockError as error:
        SKIPPED.append(f"{seed}: {error}")
        pytest.skip(str(error))
    found = differences(table, made, folder, seed)
    assert not found, "\n".join([str(dict(zip(table.names, table.kinds, strict=True))), str(made.roles), *found])


@pytest.mark.parametrize("seed", SEEDS)
def test_examples_of_predict_are_those_of_the_training(tmp_path, seed):
    check(tmp_path, seed, by_examples)


@pytest.mark.parametrize("seed", SEEDS[::8])
def test_scores_of_predict_are_those_of_the_evaluator(tmp_path, seed):
    check(tmp_path, seed, by_scores)


QUERY = """
SELECT * REPLACE (fare * 2 AS fare), tip / fare AS share, dayofmonth("the day") AS dom, "the day" AS started,
  CASE WHEN kind = 'a' THEN 'first' ELSE upper(kind) END AS named, kind = 'b' OR fare > 20 AS odd,
  date_diff('day', DATE '2020-01-01', "the day") AS since
FROM source WHERE tip IS NOT NULL
"""


def test_columns_of_the_query_are_computed_equally_from_every_format(tmp_path):
    draw = random.Random(5)
    rows = [
        {"fare": f"${draw.uniform(1, 2000):,.2f}", "tip": draw.choice(["", "2", "0"]), "kind": draw.choice("ab"),
         "the day": f"{draw.randint(1, 12):02}/{draw.randint(1, 28):02}/2021"} for _ in range(50)
    ]  # fmt: skip
    rows[0]["the day"] = "12/28/2021"
    with (tmp_path / "rows.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    roles = {"fare": "numeric", "share": "numeric", "dom": "numeric", "started": "timestamp", "named": "categorical",
             "odd": "boolean", "since": "numeric"}  # fmt: skip
    features = [Feature.of(name, role) for name, role in roles.items()]
    ways = examples_of(tmp_path / "rows.csv", Input(str(tmp_path / "rows.csv"), QUERY), features, tmp_path)
    kept = [row for row in rows if row["tip"]]
    (tmp_path / "kept.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    (tmp_path / "last.jsonl").write_text(json.dumps(kept[-1]))
    pq.write_table(pa.Table.from_pylist(kept), tmp_path / "kept.parquet")
    for name in ("kept.jsonl", "kept.parquet"):
        assert (ways.predicted(tmp_path / name) == ways.expected).all(), name
    assert (ways.predicted(tmp_path / "last.jsonl") == ways.expected[-1:]).all()
    # A condition of the query excludes rows from training, but not from scoring.
    assert len(ways.predicted(ways.source)) == len(rows)


def test_few_tables_are_refused():
    assert len(SKIPPED) <= max(1, COUNT // 20), "\n".join(SKIPPED)
