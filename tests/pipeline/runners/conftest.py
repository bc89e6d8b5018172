"""The configuration that the tests of compiled pipelines share."""

import pytest

from penstock.config.loading import load
from tests.e2e.conftest import CONFIGURATION


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "pipeline.toml"
    file.write_text(CONFIGURATION.replace('directory = "models"', 'directory = "/models"'))
    return load(file, environment={})
