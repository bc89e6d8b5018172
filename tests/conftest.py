"""What every test stands on."""

import os

import pytest

from tests import servers

# One log level for the whole session: TensorFlow's C++ lines would drown a failing test's own.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Debian keeps database servers, and what starts them as another user, among the programs of the system.
os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for the whole session; each test makes tables of its own."""
    with servers.postgresql() as server:
        yield server
