"""A small configuration with a metadata store of its own, for tests that fill it with runs."""

from pathlib import Path

import pytest

from pipeline.config import Config
from tests.pipeline.metadata_store import StoreBuilder, configuration


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration that keeps everything in a folder of the test."""
    return configuration(tmp_path)


@pytest.fixture
def builder(config: Config) -> StoreBuilder:
    """Return what writes runs into the configuration's store."""
    return StoreBuilder(config)
