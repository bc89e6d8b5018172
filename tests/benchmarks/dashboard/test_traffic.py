"""The server of the traffic: its metrics, and its log of requests."""

import json

import httpx
import pyarrow.parquet as pq
import pytest

from benchmarks.dashboard import table, traffic
from penstock.core.errors import NodeError


def write_model(folder, columns):
    """Write a model whose answer is the first column."""
    import tensorflow as tf

    types = {name: tf.float32 if role == "numeric" else tf.string for name, role in table.roles(columns).items()}
    specs = {name: tf.TensorSpec([None], dtype, name) for name, dtype in types.items()}
    module = tf.Module()
    module.answer = tf.function(lambda **values: {"y": tf.identity(values["n000"])}).get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder), module.answer)


@pytest.mark.slow
def test_requests_are_counted_and_logged(tmp_path):
    write_model(tmp_path / "models" / "1", 4)
    table.write(tmp_path / "rows.csv", 300, 4, 0)
    with traffic.serving(tmp_path, 4, 2.0) as metrics:
        text = httpx.get(metrics).text
    assert 'penstock_requests_total{code="OK",method="predict",model="m",protocol="REST",version="1"}' in text
    files = list((tmp_path / traffic.FOLDER).rglob("*.parquet"))
    assert sum(pq.read_metadata(file).num_rows for file in files) >= 200


@pytest.mark.slow
def test_model_that_refuses_the_rows_ends_the_benchmark(tmp_path):
    write_model(tmp_path / "models" / "1", 5)
    table.write(tmp_path / "rows.csv", 300, 4, 0)
    with pytest.raises(NodeError, match="the requests to the server"), traffic.serving(tmp_path, 4, 1.0):
        pass


def test_request_has_the_first_rows_with_zero_for_a_missing_number(tmp_path):
    table.write(tmp_path / "rows.csv", 300, 10, 0)
    rows = json.loads(traffic.body(tmp_path / "rows.csv", 10))["instances"]
    assert len(rows) == 200
    assert {name: type(value) for name, value in rows[0].items()} == {
        name: float if role == "numeric" else str for name, role in table.roles(10).items()
    }
    assert any(row["n000"] == 0.0 for row in rows)
