"""`[tuning]` and `model.warm_start`: what is accepted, and in which words the rest is refused."""

import pytest

from pipeline.data_section import WrongValue
from pipeline.errors import ConfigError
from pipeline.tuning_section import Tuning, check_family
from tests.pipeline.metadata_store import CONFIGURATION, configuration

ADVICE = "see docs/configuration.md"


def test_without_the_section_nothing_is_tuned_or_started_from(tmp_path):
    config = configuration(tmp_path)
    assert config.tuning is None
    assert config.model.warm_start is False


def test_an_empty_section_has_the_defaults(tmp_path):
    config = configuration(tmp_path, text=f"{CONFIGURATION}[tuning]\n")
    assert config.tuning == Tuning(algorithm="random", trials=20)


def test_a_setting_alone_asks_for_tuning(tmp_path):
    assert configuration(tmp_path, "tuning.trials=3").tuning == Tuning(trials=3)


@pytest.mark.parametrize(
    ("setting", "key", "expected", "received"),
    [
        (
            "tuning.algorithm=hyperbnd",
            "tuning.algorithm",
            "'random', 'hyperband' or 'bayesian'",
            "'hyperbnd' (did you mean 'hyperband'?)",
        ),
        ("tuning.algorithm=3", "tuning.algorithm", "'random', 'hyperband' or 'bayesian'", "3"),
        ("tuning.trials=1", "tuning.trials", "a number of at least 2", "1"),
        ("tuning.trials=many", "tuning.trials", "a whole number", "'many'"),
        ("tuning.trials=2.5", "tuning.trials", "a whole number", "2.5"),
        ("tuning.trails=5", "tuning.trails", "one of algorithm, trials", "an unknown key (did you mean 'trials'?)"),
        ("tuning.objective=auc", "tuning.objective", "one of algorithm, trials", "an unknown key"),
        ("tuning=5", "tuning", "a table", "5"),
    ],
)
def test_a_value_that_is_none_is_refused_in_one_sentence(tmp_path, setting, key, expected, received):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, setting)
    file = tmp_path / "pipeline.toml"
    assert str(refused.value) == f"{file}: {key}: expected {expected}, received {received}; {ADVICE}."


@pytest.mark.parametrize(
    ("asked", "key", "expected"),
    [
        ({"tuned": True, "warm": False}, "tuning", "no [tuning] beside the family trees: neural can be tuned"),
        (
            {"tuned": False, "warm": True},
            "model.warm_start",
            "false with the family trees: neural can start from earlier weights",
        ),
    ],
)
def test_a_family_that_cannot_is_refused(asked, key, expected):
    with pytest.raises(WrongValue) as refused:
        check_family("trees", **asked)
    assert (refused.value.key, refused.value.expected) == (key, expected)
    check_family("neural", tuned=True, warm=True)
    check_family("trees", tuned=False, warm=False)
