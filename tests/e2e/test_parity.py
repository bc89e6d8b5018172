"""What `penstock predict` scores is what the Evaluator measured, whatever the table and the file's format.

`make parity COUNT=300` takes so many tables, and trains models of an eighth of them; by default there are a few.
"""

import os

import pytest

from pipeline.errors import PenstockError
from tests.e2e.parity import by_examples, by_scores, differences
from tests.e2e.parity_tables import make_table

pytestmark = pytest.mark.e2e

FIRST, COUNT = int(os.environ.get("PARITY_FIRST", "0")), int(os.environ.get("PARITY_COUNT", "16"))
SEEDS = range(FIRST, FIRST + COUNT)
# What Penstock cannot take, and says so before anything runs: few of the tables.
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


def test_few_tables_are_refused():
    assert len(SKIPPED) <= max(1, COUNT // 20), "\n".join(SKIPPED)
