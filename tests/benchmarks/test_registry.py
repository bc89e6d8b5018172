"""The measurement of the registry, with few experiments and for a moment."""

import pytest

from benchmarks.registry import Load, measure_lists
from benchmarks.registry_rows import fill
from penstock.registry.client import DatabaseClient


@pytest.mark.slow
def test_lists_and_load_are_measured_without_loss(tmp_path, capsys):
    uri = f"sqlite:///{tmp_path}/registry.sqlite"
    with DatabaseClient(uri, actor="ann") as registry:
        model = fill(registry, 200)
        assert len(registry.experiments(model_id=model).items) == 100
        found = measure_lists(registry, model, repeats=1)
    assert len(found) == capsys.readouterr().out.count(" ms, at most") == 34
    load = Load(uri, model, seconds=0.5).run(2, 2)
    assert (load["errors"], load["lost"], load["faults"]) == ([], 0, [])
    assert load["write"]["count"] > 0
    assert load["read"]["p99"] <= load["read"]["most"]


@pytest.mark.slow
def test_postgresql_is_filled_like_sqlite(postgresql):
    from dataclasses import replace

    postgresql.execute("CREATE DATABASE filled")
    with DatabaseClient(replace(postgresql, database="filled").url, actor="ann") as registry:
        model = fill(registry, 200)
        assert len(registry.experiments(model_id=model).items) == 100
