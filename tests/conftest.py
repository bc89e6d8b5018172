"""What every test stands on."""

import os

import pytest
from hypothesis import settings

from tests import servers
from tests.fixtures import builder, config, work_of  # noqa: F401  fixtures for every test

# One log level for the whole session: TensorFlow's C++ lines would drown a failing test's own.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Debian keeps database servers, and what starts them as another user, among the programs of the system.
os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"


# A run that passes passes again: `--hypothesis-profile=search` draws other examples.
settings.register_profile("same", derandomize=True)
settings.register_profile("search", derandomize=False, print_blob=True)
settings.register_profile("fuzz", derandomize=False, print_blob=True, max_examples=2000)
settings.load_profile("same")


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for the whole session; each test makes tables of its own."""
    with servers.postgresql() as server:
        yield server
