"""The environment overrides the file, and `--set` overrides both."""

import subprocess
import sys

import pytest

from penstock.config.overlay import overlay
from penstock.core.errors import ConfigError
from penstock.core.fingerprint import PROJECT
from tests.penstock.config.test_config import TEXT


def values():
    return {"a": {"x": 1, "y": 2}, "b": "text"}


@pytest.mark.parametrize(
    ("environment", "settings", "found"),
    [
        ([], [], {"a": {"x": 1, "y": 2}, "b": "text"}),
        ([("a.x", "3")], [], {"a": {"x": 3, "y": 2}, "b": "text"}),
        ([("a.x", "3")], [("a.x", "4")], {"a": {"x": 4, "y": 2}, "b": "text"}),
        ([("a", "{}")], [("a.x", "4")], {"a": {"x": 4}, "b": "text"}),
        ([("a.x", "3")], [("a", "{z = 5}")], {"a": {"z": 5}, "b": "text"}),
        ([], [("a.x", "3"), ("a.x", "[1, 'two']")], {"a": {"x": [1, "two"], "y": 2}, "b": "text"}),
        ([("c.d.e", "no toml")], [], {"a": {"x": 1, "y": 2}, "b": "text", "c": {"d": {"e": "no toml"}}}),
        ([("_c", "1"), ("", "2")], [("self", "3")], {**values(), "_c": 1, "": 2, "self": 3}),
        ([("model_config", "1")], [("model_extra", "2")], {**values(), "model_config": 1, "model_extra": 2}),
    ],
)
def test_the_command_line_overrides_the_environment_and_that_the_file(environment, settings, found):
    parted = [[(key.split("."), text) for key, text in given] for given in (environment, settings)]
    assert overlay(values(), environment=parted[0], settings=parted[1]) == found


@pytest.mark.parametrize("where", ["the environment", "--set"])
def test_a_key_below_a_value_that_is_no_table_is_refused_with_its_source(where):
    given = {"environment": [], "settings": []}
    given["environment" if where == "the environment" else "settings"] = [(["b", "x"], "1")]
    with pytest.raises(ConfigError) as refused:
        overlay(values(), **given)
    assert str(refused.value) == f"{where}: b.x: expected a table at b, received 'text'; check the key."


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "imported"), [((), False), (("evaluation.min=0.5",), True)])
def test_the_library_is_imported_only_if_a_value_is_overridden(tmp_path, settings, imported):
    (tmp_path / "pipeline.toml").write_text(TEXT)
    program = (
        "import sys; from penstock.config import loading; "
        f"loading.load({str(tmp_path / 'pipeline.toml')!r}, {settings!r}, {{}}); "
        "print('pydantic_settings' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], cwd=PROJECT, text=True).strip() == str(imported)
