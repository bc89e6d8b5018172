"""Lines about the trials of a search: the best first, at most 80 columns wide."""

import json
from pathlib import Path

import pytest

from penstock.core.documents.training import Trial
from penstock.core.errors import PenstockError
from penstock.metadata import lineage
from pipeline.cli.text.run_lines import MOST_TRIALS, trial_lines
from tests.metadata_store import StoreBuilder, configuration

LONGEST = {"width": 384, "layers": 3, "dropout": 0.25, "embedding_scale": 1.23456789, "learning_rate": 0.000123456}


def trial(loss, **settings):
    return {"settings": settings, "epochs": 40, "most_epochs": 40, "loss": loss, "seconds": 12.34, "best": False}


def shown(trials):
    return trial_lines([Trial.model_validate(each) for each in trials])


def test_trials_are_ordered_by_loss_and_one_without_a_loss_is_last():
    lines = shown([trial(None, width=48), trial(0.5, width=96), trial(0.25, width=192, layers=1)])
    assert [line.split() for line in lines[1:]] == [
        ["Trial", "width", "layers", "Passes", "Seconds", "Loss"],
        ["3", "192", "1", "40", "12.3", "0.25000"],
        ["2", "96", "-", "40", "12.3", "0.50000"],
        ["1", "48", "-", "40", "12.3", "-"],
    ]


def test_list_of_trials_is_cut_and_says_how_many_more_there_are():
    lines = shown([trial(number / 100, **LONGEST) for number in range(1, MOST_TRIALS + 4)])
    assert len(lines) == MOST_TRIALS + 3
    assert lines[-1] == "and 3 more: --json lists all"
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("…") for line in lines)


def test_run_without_trials_has_no_lines():
    assert trial_lines([]) == []


def test_trials_are_read_from_the_artifact_of_the_run(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    builder.node("run", "Tuner", outputs={"tuner_results": ("TunerResults", {})})
    found = lineage.run(builder.config.store, "run")
    assert found.trials() == ()
    folder = Path(found.output("TunerResults").uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trials.json").write_text(json.dumps({"trials": [trial(0.5, width=96)]}))
    assert found.trials() == (Trial.model_validate(trial(0.5, width=96)),)
    (folder / "trials.json").write_text("{")
    with pytest.raises(PenstockError, match=r"trials\.json: expected the trials of a search, undamaged, received"):
        found.trials()
