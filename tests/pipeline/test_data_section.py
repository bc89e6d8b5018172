"""`[data]`: what is accepted, and in which words the rest is refused."""

import pytest

from pipeline.config import load
from pipeline.errors import ConfigError
from tables.input import Input

TEXT = """
name = "taxi"
[data]
source = "trips.csv"
label = "tip"
[features]
miles = "numeric"
[evaluation]
metric = "auc"
min = 0.9
[push]
directory = "models"
"""


def configured(folder, *settings):
    path = folder / "pipeline.toml"
    path.write_text(TEXT)
    return load(path, settings, {})


def test_the_input_holds_an_absolute_path_and_how_it_is_read(tmp_path):
    config = configured(tmp_path, 'data.delimiter="\\u0001"', "data.query=FROM source")
    assert config.input == Input(str(tmp_path / "trips.csv"), "FROM source", "\x01")


@pytest.mark.parametrize("delimiter", ["::", '"', "\\n", "\\r", "ä"])
def test_a_delimiter_that_cannot_separate_is_refused(tmp_path, delimiter):
    text = delimiter.replace('"', '\\"')
    with pytest.raises(ConfigError, match=r"data\.delimiter: expected one ASCII character, not a quote"):
        configured(tmp_path, f'data.delimiter="{text}"')
