"""Shards scored by Beam: the rows, the order and the errors are those of this process."""

import json
from dataclasses import replace
from functools import partial

import pytest

from components.scoring import on_beam
from penstock.core.errors import DataError
from penstock.serving.model import versions
from penstock.serving.sharded import run
from penstock.serving.sharded.run import Scoring
from penstock.serving.sharded.shards import in_threads
from penstock.tables.input import Input
from tests.penstock.serving.sharded.conftest import NOW
from tests.small_models import save_models

pytestmark = pytest.mark.slow
LINES = [f"{number},{'red' if number % 3 else 'blue'},{number % 90},{'x' * 30}" for number in range(60_000)]
RUNNERS = {
    "direct": ["--runner=DirectRunner"],
    "processes": ["--runner=DirectRunner", "--direct_num_workers=2", "--direct_running_mode=multi_processing"],
}


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    return save_models(tmp_path_factory.mktemp("pushed"), {2: 2.0})


@pytest.fixture
def scoring(tmp_path, pushed):
    (tmp_path / "rows.csv").write_text("\n".join(["id,color,count,more", *LINES, ""]))
    work = tmp_path / ".work"
    return Scoring(Input(str(tmp_path / "rows.csv")), versions.at(pushed / "2"), tmp_path / "scored.csv", work)


def without_run(file):
    """Return the rows without the id of the scoring."""
    return [line.rpartition(",")[0].rpartition(",")[0] for line in file.read_text().splitlines()]


@pytest.mark.parametrize("runner", RUNNERS)
def test_beam_gives_the_rows_of_this_process(scoring, tmp_path, runner):
    here = replace(scoring, target=tmp_path / "here.csv", folder=tmp_path / ".here")
    run.score(here, partial(in_threads, workers=2), NOW)
    found = run.score(scoring, partial(on_beam, arguments=RUNNERS[runner]), NOW)
    assert found.rows == len(LINES)
    assert found.shards > 2
    assert without_run(scoring.target) == without_run(here.target)
    assert not list(tmp_path.glob(".*"))


def test_first_row_that_cannot_be_scored_is_reported(scoring, tmp_path):
    text = (tmp_path / "rows.csv").read_text()
    (tmp_path / "rows.csv").write_text(
        text.replace("\n700,red,70,", "\n700,red,many,").replace("\n50000,red,50,", "\n50000,red,lots,")
    )
    scoring = replace(scoring, source=Input(str(tmp_path / "rows.csv")))
    with pytest.raises(DataError) as refused:
        run.score(scoring, partial(on_beam, arguments=RUNNERS["direct"]), NOW)
    assert "rows.csv, line 702, column 'count'" in str(refused.value)
    assert not scoring.target.exists()
    assert json.loads((scoring.folder / "manifest.json").read_text())["rows"] == len(LINES)
