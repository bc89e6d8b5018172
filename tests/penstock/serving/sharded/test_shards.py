"""One shard: scored once, whoever asks for it again."""

import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.serving.model.versions import ModelVersion
from penstock.serving.sharded import run
from penstock.serving.sharded.shards import in_threads, require_each, score_shard
from penstock.serving.sharded.work import Outcome
from tests.penstock.serving.sharded.conftest import NOW


@pytest.mark.slow
def test_shard_that_is_done_is_not_scored_again(scoring, model):
    seen = []

    def twice(task, numbers):
        for number in numbers:
            first = score_shard(task, number)
            count = len(model.scored)
            assert score_shard(task, number) == first
            assert len(model.scored) == count
            seen.append(task)
            yield first

    run.score(scoring, twice, NOW)
    assert len(model.scored) == 1000
    assert "password" not in str(seen[0])


def test_model_without_a_number_is_named_by_its_folder(scoring, tmp_path):
    seen = []

    def look(task, numbers):
        seen.append(task)
        yield from in_threads(task, numbers, 1)

    run.score(scoring, look, NOW)
    from dataclasses import replace

    task = replace(seen[0], model=ModelVersion(tmp_path / "taxi", None), ending="")
    assert task.constants == {
        "model_version": pa.scalar("taxi"),
        "scoring_run": pa.scalar(task.run),
        "scored_at": pa.scalar(NOW, pa.timestamp("us", "UTC")),
    }


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ([(0, 3)], "expected the outcomes of 2 shards, received 1"),
        ([(0, 3), (0, 2)], "expected the outcomes of 2 shards, received 2"),
        ([(0, 3), (1, 1)], "expected 5 scored rows, one for each row, received 4"),
        ([(0, 3), (1, 3)], "expected 5 scored rows, one for each row, received 6"),
    ],
)
def test_lost_and_further_rows_are_refused(outcomes, words):
    require_each([Outcome(0, 3, 1, {}), Outcome(1, 2, 1, {})], 2, 5, "rows.csv")
    with pytest.raises(DataError, match=f"rows.csv: {words}"):
        require_each([Outcome(number, rows, 1, {}) for number, rows in outcomes], 2, 5, "rows.csv")
