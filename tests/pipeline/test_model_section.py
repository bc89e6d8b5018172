"""`[model]`: what is accepted, and in which words the rest is refused."""

import pytest

from pipeline.errors import ConfigError
from tests.pipeline.metadata_store import configuration


@pytest.mark.parametrize("family", ["neural", "trees", "linear", "auto"])
def test_family_and_its_settings_are_taken_as_they_are(tmp_path, family):
    settings = {"rounds": 7, "leaves": 5, "learning_rate": 0.5, "time_limit": 30.5, "class_weights": "balanced"}
    given = [f"model.family={family}", *(f"model.{name}={value}" for name, value in settings.items())]
    model = configuration(tmp_path, *given).model.model_dump()
    assert {"family": family, **settings}.items() <= model.items()


@pytest.mark.parametrize(
    ("setting", "expected", "received"),
    [
        ("rounds=0", "a number of at least 1", "0"),
        ("rounds=2.5", "a whole number", "2.5"),
        ("leaves=1", "a number of at least 2", "1"),
        ("leaves=many", "a whole number", "'many'"),
        ("learning_rate=-1", "a number greater than 0", "-1"),
        ("time_limit=0", "a number of at least 1", "0"),
        ("time_limit=0.5", "a number of at least 1", "0.5"),
        ("time_limit=nan", "a finite number", "nan"),
        ("time_limit=inf", "a finite number", "inf"),
        ("time_limit=soon", "a number", "'soon'"),
        ("class_weights=balance", "'balanced'", "'balance' (did you mean 'balanced'?)"),
        ("class_weights=true", "'balanced'", "True"),
    ],
)
def test_setting_that_no_family_can_use_is_refused(tmp_path, setting, expected, received):
    with pytest.raises(ConfigError) as error:
        configuration(tmp_path, f"model.{setting}")
    assert error.value.what.endswith(f"model.{setting.partition('=')[0]}")
    assert (error.value.expected, error.value.received) == (expected, received)
