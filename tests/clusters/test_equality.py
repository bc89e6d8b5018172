"""A run on a cluster gives what a local run gives: examples, statistics, schema, transform, model, metrics, verdict."""

import sys
import time

import pytest

from tests.clusters.conftest import FULL, SIZES, Ran, ran, taxi

pytestmark = pytest.mark.cluster

PARALLELISM = (1, 2, 4) if FULL else (2,)
# Ranked metrics differ by so much if two nearly equal scores change places.
TOLERANCE = 1e-4


@pytest.fixture(scope="module", params=[(rows, cores) for rows in SIZES for cores in PARALLELISM], ids=str)
def on_flink(request, tables, flink_server, pool, tmp_path_factory) -> tuple[Ran, Ran]:
    rows, parallelism = request.param
    return both(tables, rows, tmp_path_factory, flink_server.settings(f"--parallelism={parallelism}", workers=pool))


@pytest.fixture(scope="module", params=SIZES)
def on_spark(request, tables, spark_server, pool, tmp_path_factory) -> tuple[Ran, Ran]:
    return both(tables, request.param, tmp_path_factory, spark_server.settings(workers=pool))


def both(tables, rows, factory, words) -> tuple[Ran, Ran]:
    """Return the local run on a table and the one with these settings."""
    local, began = tables.local(rows), time.monotonic()
    other = ran(taxi(factory.mktemp("cluster") / "project", tables.rows(rows)), *words)
    line = (
        f"{rows:,} rows: {local.found['seconds']:.0f} s here, {time.monotonic() - began:.0f} s with {' '.join(words)}\n"
    )
    sys.stdout.write(line)
    return local, other


def test_flink_gives_what_a_local_run_gives(on_flink):
    assert unlike(*on_flink) == {}


def test_spark_gives_what_a_local_run_gives(on_spark):
    assert unlike(*on_spark) == {}


def unlike(local: Ran, other: Ran) -> dict[str, str]:
    """Return the parts in which two runs differ, as `penstock compare` says it."""
    found = local.project.run("compare", "latest", f"{other.project.folder}:latest", "--tolerance", str(TOLERANCE))
    sys.stdout.write("".join(f"{name}: {part['level']} {part['words']}\n" for name, part in found["parts"].items()))
    assert found["parts"]["examples"]["level"] in ("identical", "equal"), found
    return {} if found["equal"] else {name: str(part) for name, part in found["parts"].items()}
