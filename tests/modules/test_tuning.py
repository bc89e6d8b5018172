"""The `tuner_fn` of Tuner on a small table: its trials, their order, and that Trainer would fit the best as it was."""

import functools
import json
import math

import pytest

from penstock.core.errors import NodeError
from tests.modules.conftest import SETTINGS

pytestmark = pytest.mark.slow

USUAL = {"width": 192, "layers": 2, "dropout": 0.15, "embedding_scale": 1.0}


@pytest.fixture(scope="module")
def tuning():
    from modules import tuning

    return tuning


@pytest.fixture(scope="module")
def search_in(tuning, arguments):
    """Return a function that searches in a folder, and gives the tuner when it is done."""

    def search(folder, algorithm, trials, task="binary", **settings):
        given = arguments(folder, task, **settings)
        given.custom_config["tuning"] = {"algorithm": algorithm, "trials": trials}
        given.transform_graph_path, given.working_dir = given.transform_output, str(folder / "search")
        tuner, extra = tuning.tuner_fn(given)
        tuner.search(**extra)
        return tuner

    return search


@pytest.fixture
def searched(search_in, tmp_path):
    """Return a function that searches in the folder of the test."""
    return functools.partial(search_in, tmp_path)


@pytest.fixture(scope="module")
def random_search(search_in, tmp_path_factory):
    """The tuner after a random search of three trials; tests do not change it."""
    return search_in(tmp_path_factory.mktemp("random"), "random", 3)


# Each algorithm on a task of its own, so that every task is tuned too.
@pytest.mark.parametrize(
    ("algorithm", "task"), [("random", "binary"), ("hyperband", "multiclass"), ("bayesian", "regression")]
)
def test_each_algorithm_makes_its_trials_the_first_with_the_default_settings(searched, random_search, algorithm, task):
    found = (random_search if algorithm == "random" else searched(algorithm, 3, task)).trials
    assert len(found) == 3
    assert found[0].settings == USUAL
    assert found[0].settings != found[1].settings != found[2].settings
    for trial in found:
        assert set(trial.settings) == set(USUAL)
        assert trial.settings["width"] in (48, 96, 192, 384)
        assert 1 <= trial.epochs <= trial.most_epochs <= SETTINGS["epochs"]
        assert math.isfinite(trial.loss)


def test_search_is_the_same_for_the_same_seed_and_the_best_comes_first(tuning, searched, random_search):
    first, second = random_search, searched("random", 2)
    assert [(t.settings, t.loss) for t in first.trials][:2] == [(t.settings, t.loss) for t in second.trials]
    best = min(first.trials, key=lambda trial: trial.loss)
    [parameters] = first.get_best_hyperparameters()
    assert tuning.training.searched_settings(parameters.get_config()) == best.settings


def test_trainer_with_the_best_settings_fits_as_the_trial_did(tuning, random_search, arguments, tmp_path):
    tuner = random_search
    best = min(tuner.trials, key=lambda trial: trial.loss)
    given = arguments(tmp_path / "trained")
    given.hyperparameters = tuner.get_best_hyperparameters()[0].get_config()
    tuning.training.run_fn(given)
    lines = (tmp_path / "trained" / "run" / "curves.csv").read_text().splitlines()
    assert min(float(line.split(",")[2]) for line in lines[1:]) == best.loss
    settings = json.loads((tmp_path / "trained" / "run" / "settings.json").read_text())
    assert settings["tuned"] == sorted(best.settings)
    assert {name: settings["settings"][name] for name in settings["tuned"]} == best.settings


def test_a_learning_rate_is_searched_where_none_is_configured(searched):
    found = searched("random", 2, learning_rate=None).trials
    assert [sorted(trial.settings) for trial in found] == [sorted([*USUAL, "learning_rate"])] * 2


def test_search_of_which_no_trial_has_a_loss_fails_in_one_sentence(searched):
    with pytest.raises(NodeError) as failed:
        searched("random", 2, learning_rate=1e30)
    assert str(failed.value) == (
        "node Tuner failed: expected a trial whose validation loss is a number, received none of 2; "
        "look for huge values among the features and the label, or leave out [tuning]."
    )


def test_what_a_trial_fails_of_ends_the_search(tuning, searched):
    with pytest.raises(tuning.keras_tuner.errors.FatalError, match="TypeError") as failed:
        searched("random", 2, batch_size="many")
    assert isinstance(failed.value.__cause__, TypeError)


@pytest.mark.parametrize(("most", "first_round"), [(3, 40), (12, 14), (25, 5), (100, 2)])
def test_hyperband_halves_as_often_as_its_trials_allow(tuning, most, first_round):
    import keras_tuner

    space = keras_tuner.HyperParameters()
    space.Float("dropout", 0.0, 1.0, default=0.5)
    oracle = tuning.oracle({"algorithm": "hyperband", "trials": most}, space, epochs=40, seed=0)
    assert oracle.max_trials == most
    assert oracle.populate_space("0")["values"]["tuner/epochs"] == first_round


def test_trials_are_written_in_their_order_with_the_best_marked(tuning, tmp_path):
    made = [
        tuning.Trial(settings={"width": 96}, epochs=1, most_epochs=2, loss=loss, seconds=0.5)
        for loss in (None, 0.5, 0.25, 0.25)
    ]
    tuning.write_trials(made, str(tmp_path / "trials.json"))
    trials = json.loads((tmp_path / "trials.json").read_text())["trials"]
    assert [(trial["loss"], trial["best"]) for trial in trials] == [
        (None, False),
        (0.5, False),
        (0.25, True),
        (0.25, False),
    ]
    assert trials[0] == {
        **{"settings": {"width": 96}, "epochs": 1, "most_epochs": 2, "loss": None, "seconds": 0.5},
        "best": False,
    }
