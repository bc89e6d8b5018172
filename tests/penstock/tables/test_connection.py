"""A connection to the engine is closed immediately, even during a query."""

import os
import subprocess
import sys

import pytest

from penstock.core.fingerprint import PROJECT
from penstock.tables.connection import connected, engine

# In a process of its own: one that waits for its query hears nothing more.
INTERRUPTED = """
import os, signal, threading
from penstock.tables.connection import connected, engine
signal.signal(signal.SIGTERM, signal.default_int_handler)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
try:
    with connected() as connection:
        connection.execute("SELECT count(*) FROM range(10000000000) AS a, range(200) AS b WHERE a.range + b.range < 0")
except (KeyboardInterrupt, RuntimeError) as error:
    print(error)
"""


@pytest.mark.slow
def test_connection_is_closed_though_a_query_is_running():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "Query interrupted\n", "")


def test_settings_reach_the_engine_and_errors_leave_it():
    with connected({"threads": "1"}) as connection:
        assert connection.execute("SELECT current_setting('threads')").fetchall() == [(1,)]
    with pytest.raises(ZeroDivisionError), connected():
        raise ZeroDivisionError


def test_engine_has_a_folder_that_is_gone_afterwards_and_the_time_of_utc():
    with engine() as (connection, folder):
        settings = "current_setting('temp_directory'), current_setting('TimeZone')"
        assert connection.execute(f"SELECT {settings}").fetchall() == [(str(folder), "UTC")]
        assert folder.is_dir()
    assert not folder.exists()
