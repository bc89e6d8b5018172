"""Fixtures and settings of all tests."""

import gc
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from modules.families.trees.openmp import SPINS
from tests import rewriting, servers
from tests.fixtures import builder, config, work_of  # noqa: F401  fixtures for every test

# One log level for the session, so that the output of a failing test is not lost between TensorFlow's C++ lines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# A thread of OpenMP that waits for another one looks so often before it sleeps, as in our fits. By default it looks
# 300,000 times, while other processes of the session keep the other thread from running: scikit-learn's boosting took
# ten times the processor time and more.
os.environ.setdefault("GOMP_SPINCOUNT", SPINS)

# Debian has the database servers, and the programs that start them as another user, in sbin.
os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"

# The folders of the tests are in memory where there is room and programs may run: SQLite waits for the disk at each of
# thousands of commits otherwise. A folder is removed once its test has passed (pyproject.toml).
MEMORY = Path("/dev/shm")
NEEDED = 4 << 30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > NEEDED and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


# The garbage collector runs rarely: it took a tenth of the session, and as much of the imports of the tests.
gc.set_threshold(50_000, 20, 20)
# It skips what was imported until so many modules more are: 800,000 objects of TensorFlow and TFX take 0.4 s each time.
MORE_MODULES = 500

# The examples are the same in each run; `--hypothesis-profile=search` draws new ones.
# No example has a deadline: on a busy machine the first one of a test may take long.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("few", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("search", derandomize=False, print_blob=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, print_blob=True, max_examples=2000, deadline=None)
settings.load_profile("same")

# What `make fast` runs, and the line that gives a whole file one of its markers.
FAST = "not (e2e or slow or stacks or cluster)"
MARKED = re.compile(r"^pytestmark = pytest\.mark\.(e2e|slow|stacks|cluster)(?: +#.*)?$", re.MULTILINE)


def pytest_configure(config: pytest.Config) -> None:  # noqa: F811
    """Let `make fast` try a quarter of the examples that `make test` tries."""
    if config.option.markexpr == FAST and config.getoption("hypothesis_profile", None) is None:
        settings.load_profile("few")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:  # noqa: F811
    """Do not import a file of which `make fast` runs no test: each process would import TensorFlow and TFX."""
    return True if _is_skipped(collection_path, config) else None


def _is_skipped(file: Path, config: pytest.Config) -> bool:  # noqa: F811
    skipped = config.option.markexpr == FAST and file.suffix == ".py"
    return skipped and MARKED.search(file.read_text()) is not None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a database server: it takes a second to start."""
    for item in items:
        if "postgresql" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Collect without the garbage collector: nothing of what is imported is garbage."""
    gc.disable()
    try:
        if "PYTEST_XDIST_WORKER" in os.environ and not sys.dont_write_bytecode:
            files = sorted(Path(__file__).parent.rglob("test_*.py"))
            rewriting.write_share(session.config, [file for file in files if not _is_skipped(file, session.config)])
        return (yield)
    finally:
        gc.enable()


class _Skipped:
    """What the garbage collector skips: modules and tests, with the garbage among them: finding it takes a second."""

    modules = 0

    def update(self) -> None:
        """Skip what there is now, if there are many more modules than before."""
        if len(sys.modules) > self.modules + MORE_MODULES:
            gc.freeze()
            self.modules = len(sys.modules)


_SKIPPED = _Skipped()


def pytest_collection_finish() -> None:
    """Let the garbage collector skip the modules and tests."""
    _SKIPPED.update()


@pytest.fixture(scope="module", autouse=True)
def _skip_imports() -> None:
    """Let it skip what the files before have imported."""
    _SKIPPED.update()


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for the session; each test makes its own tables."""
    with servers.postgresql() as server:
        yield server
