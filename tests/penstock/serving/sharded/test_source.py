"""The rows of one shard, and the place of a value in it."""

import duckdb
import pytest

from penstock.serving.batch.rows import select
from penstock.serving.model import document
from penstock.serving.sharded.source import ShardRows, open_source
from penstock.tables.examples.shards import plan_shards
from penstock.tables.input import Input
from penstock.tables.splitting import Assignment


def last_shard(source, model, tmp_path):
    columns = document.load(model.version.directory)
    with open_source(source, columns, tmp_path / "work") as table:
        selection = select(table, columns, reader="version 3", as_written=True)
        plan = plan_shards(table, Assignment((), selection.sql), tmp_path / "work", size=2000)
    return ShardRows(plan, plan.shards[-1], selection), sum(1 for _ in plan.shards)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("csv", "rows.csv, line 1001"),
        ("parquet", "rows.parquet, row 1000"),
        ("query", "rows.csv, line 1001"),
        ("result", "rows.csv, line 1001"),
    ],
)
def test_value_is_placed_in_the_source(tmp_path, table, model, kind, place):
    file = table
    if kind == "parquet":
        file = tmp_path / "rows.parquet"
        duckdb.sql(f"COPY (FROM '{table}') TO '{file}'")
    query = {"query": "SELECT * FROM source", "result": "SELECT * FROM source ORDER BY id"}.get(kind)
    rows, shards = last_shard(Input(str(file), query), model, tmp_path)
    batches = list(rows.batches(100))
    count = sum(batch.rows.num_rows for batch in batches)
    assert (shards > 1) == (kind in ("csv", "query"))
    assert batches[-1].rows.column(0)[-1].as_py() in (999, "999")
    assert rows.where(count, "id") == (f"{tmp_path}/{place}", "999")
