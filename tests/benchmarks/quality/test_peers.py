"""scikit-learn's models on columns of each role."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_info

from benchmarks.quality import peers
from benchmarks.quality.scores import scores
from benchmarks.quality.table import Table

COUNT = 600


def mixed(task: str) -> Table:
    """Return rows of all roles whose label a model can learn, values missing among them."""
    draw = np.random.default_rng(1)
    number, kind = draw.normal(size=COUNT), draw.integers(0, 3, COUNT)
    good = draw.random(COUNT) < 0.5
    signal = number + kind + 2 * good
    labels = {"binary": signal > 2, "multiclass": np.digitize(signal, [1, 3]), "regression": signal}[task]
    hidden = draw.random(COUNT) < 0.1
    frame = pd.DataFrame(
        {
            "number": np.where(hidden, np.nan, number),
            "kind": np.where(hidden, None, np.array(["a", "b", "c"])[kind]),
            "many": [f"m{value}" for value in draw.integers(0, 400, COUNT)],
            "words": np.where(good, "a good day", "some bad day"),
            "label": labels if task == "regression" else labels.astype(int),
        }
    )
    roles = {"number": "numeric", "kind": "categorical", "many": "categorical", "words": "text"}
    return Table("mixed", "", task, roles, pa.Table.from_pandas(frame, preserve_index=False))


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_peers_learn_from_columns_of_each_role_and_take_values_that_they_never_saw(task):
    table = mixed(task)
    rows = table.frame()
    labels = rows.pop(table.label).to_numpy()
    found = {}
    for name in (peers.BASELINE, peers.LINEAR, peers.BOOSTING):
        model = peers.fit(name, table, (rows[:400], labels[:400]), seed=1)
        found[name] = scores(task, labels[400:], peers.answers(model, task, rows[400:]))
    metric = {"binary": "log_loss", "multiclass": "log_loss", "regression": "rmse"}[task]
    assert max(found[name][metric] for name in (peers.LINEAR, peers.BOOSTING)) < 0.8 * found[peers.BASELINE][metric]


@pytest.mark.slow
def test_latency_is_measured_with_one_thread_of_openmp():
    table = mixed("regression")
    rows = table.frame()
    labels = rows.pop(table.label).to_numpy()
    model = peers.fit(peers.BOOSTING, table, (rows, labels), seed=1)
    threads = []

    def score():
        threads.extend(each["num_threads"] for each in threadpool_info() if each["user_api"] == "openmp")
        return peers.answers(model, table.task, rows)

    peers.latency(score, COUNT)
    assert threads
    assert set(threads) == {1}


def test_latency_is_in_microseconds_per_row_and_the_first_go_does_not_count():
    calls = []
    assert peers.latency(lambda: calls.append(1), 10) > 0
    assert len(calls) == peers.LATENCY_REPEATS + 1
