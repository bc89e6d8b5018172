"""The rewritten asserts of all tests, of which each process of a session writes a share.

pytest keeps a file with rewritten asserts, but each process of pytest-xdist rewrites all files if none is kept, as in a
fresh clone, and all do so at the same time.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from _pytest.assertion import rewrite


def write_share(config: pytest.Config, files: Sequence[Path]) -> None:
    """Rewrite this process's share of the files that are not kept; the collection rewrites what is missing then."""
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    state = config.stash[rewrite.assertstate_key]
    for file in files[number::count]:
        folder = rewrite.get_cache_dir(file)
        kept = folder / (file.stem + rewrite.PYC_TAIL)
        if not is_kept(file, kept) and rewrite.try_makedirs(folder):
            stamp, code = rewrite._rewrite_test(file, config)
            rewrite._write_pyc(state, code, stamp, kept)


def is_kept(file: Path, kept: Path) -> bool:
    """Say whether a file was rewritten since it was written, without the reading of both, which pytest does later."""
    return kept.exists() and kept.stat().st_mtime_ns > file.stat().st_mtime_ns
