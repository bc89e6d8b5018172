"""The shares of the processes of a session."""

import os

import pytest
from _pytest.assertion import rewrite

from tests import rewriting


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files, of which this process writes the second."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    found = [tmp_path / f"test_{name}.py" for name in "ab"]
    for file in found:
        file.write_text("def test():\n    assert 1 == 2\n")
        os.utime(file, (1, 1))
    return found


def kept(file):
    return rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)


def test_process_writes_its_share_as_pytest_reads_it(files, pytestconfig):
    rewriting.write_share(pytestconfig, files)
    assert [kept(file).exists() for file in files] == [False, True]
    names = {}
    exec(rewrite._read_pyc(files[1], kept(files[1])), names)  # noqa: S102
    with pytest.raises(AssertionError, match="assert 1 == 2"):  # a plain one says nothing
        names["test"]()


def test_file_is_rewritten_again_only_if_it_changed(files, pytestconfig):
    rewriting.write_share(pytestconfig, files)
    before = kept(files[1]).stat()
    rewriting.write_share(pytestconfig, files)
    assert kept(files[1]).stat().st_ino == before.st_ino
    files[1].write_text("def test():\n    assert 3 == 4\n")
    os.utime(files[1], ns=(before.st_mtime_ns + 10**9, before.st_mtime_ns + 10**9))
    rewriting.write_share(pytestconfig, files)
    assert rewrite._read_pyc(files[1], kept(files[1])) is not None
