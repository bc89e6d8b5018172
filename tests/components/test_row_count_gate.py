"""RowCountGate: the same rows at each station, or the first place where they differ."""

import json

import pytest

from penstock.core.errors import GateError
from tests import documents

pytestmark = pytest.mark.slow

EXAMPLES = {"source": 100, "train": 67, "eval": 33}
STATISTICS = {"train": 67, "eval": 33}


def test_counts_that_agree_are_given_by_station():
    from components.row_count_gate import reconcile

    found = reconcile(EXAMPLES, STATISTICS, 33)
    assert json.loads(found.text()) == {
        "version": 1,
        "source": 100,
        "splits": {"train": 67, "eval": 33},
        "statistics": {"train": 67, "eval": 33},
        "evaluated": 33,
    }
    assert reconcile({**EXAMPLES, "quarantined": 2}, STATISTICS, 33).quarantined == 2


@pytest.mark.parametrize(
    ("counts", "where", "expected", "received"),
    [
        (({**EXAMPLES, "source": 101}, STATISTICS, 33), "ExampleGen", "101 rows over all splits", 100),
        (({**EXAMPLES, "train": 68}, STATISTICS, 33), "ExampleGen", "100 rows over all splits", 101),
        ((EXAMPLES, {**STATISTICS, "train": 66}, 33), "StatisticsGen", "67 rows of split train", 66),
        ((EXAMPLES, {**STATISTICS, "eval": 66}, 33), "StatisticsGen", "33 rows of split eval", 66),
        ((EXAMPLES, {"train": 67}, 33), "StatisticsGen", "33 rows of split eval", 0),
        ((EXAMPLES, STATISTICS, 32), "Evaluator", "33 rows of split eval", 32),
        ((EXAMPLES, STATISTICS, 66), "Evaluator", "33 rows of split eval", 66),
        (({**EXAMPLES, "source": 99}, {}, 0), "ExampleGen", "99 rows over all splits", 100),
    ],
)
def test_first_place_where_counts_differ_is_named(counts, where, expected, received):
    from components.row_count_gate import reconcile

    with pytest.raises(GateError) as refused:
        reconcile(*counts)
    assert str(refused.value) == (
        f"rows went missing or were doubled at {where}: expected {expected}, received {received}; "
        "run again with --no-cache."
    )


def call(folder, *, evaluated):
    """Call the component on artifacts in a folder; return the folder of its output."""
    from tensorflow_metadata.proto.v0 import statistics_pb2
    from tfx.types import artifact_utils, standard_artifacts

    from components import artifacts
    from components.row_count_gate import RowCountGate

    examples, statistics = standard_artifacts.Examples(), standard_artifacts.ExampleStatistics()
    verdict, rows = artifacts.ModelVerdict(), artifacts.RowCounts()
    for name, artifact in {"statistics": statistics, "verdict": verdict, "rows": rows}.items():
        artifact.uri = str(folder / name)
        (folder / name).mkdir()
    examples.set_string_custom_property("rows", json.dumps(EXAMPLES))
    statistics.split_names = artifact_utils.encode_split_names(list(STATISTICS))
    for split, count in STATISTICS.items():
        proto = statistics_pb2.DatasetFeatureStatisticsList()
        proto.datasets.add(num_examples=count)
        split_folder = folder / "statistics" / f"Split-{split}"
        split_folder.mkdir()
        (split_folder / "FeatureStats.pb").write_bytes(proto.SerializeToString())
    (folder / "verdict" / "verdict.json").write_text(documents.verdict(rows=evaluated).text())
    RowCountGate.test_call(examples=examples, statistics=statistics, verdict=verdict, rows=rows, code="x")
    return folder / "rows"


def test_component_writes_the_counts(tmp_path):
    assert json.loads((call(tmp_path, evaluated=33) / "rows.json").read_text())["evaluated"] == 33


def test_component_refuses_and_writes_nothing(tmp_path):
    with pytest.raises(GateError, match="at Evaluator"):
        call(tmp_path, evaluated=30)
    assert list((tmp_path / "rows").iterdir()) == []
