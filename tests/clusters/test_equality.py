"""A run on a cluster gives what a local run gives: examples, statistics, schema, transform, model, metrics, verdict."""

import gzip
import sys
import time
from pathlib import Path

import pytest

from penstock.core.documents.data import RowCounts
from penstock.core.documents.verdict import Verdict
from tests.clusters.conftest import FULL, SIZES, Ran, ran, taxi
from tests.stacks.comparing import bucket_shares, differences, schema, statistics

pytestmark = pytest.mark.cluster

PARALLELISM = (1, 2, 4) if FULL else (2,)
# With two nearly equal scores in another order.
RANKED, OTHERS = 1e-4, 1e-6
MODEL = ("saved_model.pb", "variables/variables.data-00000-of-00001")


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
    assert unlike(*on_flink) == []


def test_spark_gives_what_a_local_run_gives(on_spark):
    assert unlike(*on_spark) == []


def unlike(local: Ran, other: Ran) -> list[str]:
    """Return where two runs differ."""
    pairs = {key: (local.places[key], other.places[key]) for key in local.places}
    one, two = pairs["ExampleGen.examples"]
    found = [f"examples of {split}" for split in ("train", "eval") if records(one, split) != records(two, split)]
    one, two = pairs["StatisticsGen.statistics"]
    found += differences(*(by_column(folder) for folder in (one, two)), "statistics")
    shares = (sorted(bucket_shares(file) for file in folder.rglob("*.pb")) for folder in (one, two))
    found += differences(*shares, "histograms", 1e-3)
    found += differences(*map(sorted_schema, pairs["SchemaGen.schema"]), "schema")
    one, two = pairs["Transform.transform_graph"]
    found += differences(*(vocabularies(folder) for folder in (one, two)), "vocabularies")
    found += differences(*(RowCounts.read(folder).as_dict() for folder in pairs["RowCountGate.rows"]), "rows")
    return found + unlike_verdicts(*(Verdict.read(folder) for folder in pairs["ModelVerdict.verdict"]))


def records(examples: Path, split: str) -> bytes:
    """Return the records of a split, file after file: a cluster writes a file for each shard."""
    return b"".join(gzip.decompress(file.read_bytes()) for file in sorted((examples / f"Split-{split}").iterdir()))


def by_column(folder: Path) -> dict:
    """Return the statistics of each split by column; the order of columns, and of equal counts, is Beam's own."""
    found = {}
    for file in folder.rglob("*.pb"):
        [data] = statistics(file)["datasets"]
        found[file.parent.name] = {
            "rows": data["num_examples"],
            **{"/".join(feature["path"]["step"]): ordered(feature) for feature in data["features"]},
        }
    return found


def ordered(feature: dict) -> dict:
    texts = feature.get("string_stats", {})
    counted = [*texts.pop("top_values", []), *texts.get("rank_histogram", {}).pop("buckets", [])]
    feature["counted"] = sorted((each.get("value", each.get("label", "")), str(each)) for each in counted)
    return feature


def sorted_schema(folder: Path) -> list[str]:
    return sorted(schema(folder / "schema.pbtxt").split("feature {"))


def vocabularies(folder: Path) -> dict[str, bytes]:
    assets = folder / "transform_fn" / "assets"
    return {file.name: file.read_bytes() for file in sorted(assets.iterdir())} if assets.is_dir() else {}


def unlike_verdicts(one: Verdict, two: Verdict) -> list[str]:
    ranked = {"auc", "average_precision"}
    found = differences(one.blessed, two.blessed, "blessed") + differences(one.rows, two.rows, "rows")
    for name, metric in one.metrics.items():
        found += differences(metric.model, two.metrics[name].model, name, RANKED if name in ranked else OTHERS)
    return found + differences(
        [(each.metric, each.kind, each.passed) for each in one.thresholds],
        [(each.metric, each.kind, each.passed) for each in two.thresholds],
        "thresholds",
    )
