"""RowCountGate: fails the run if a row was lost or duplicated between nodes."""

import json
from collections.abc import Mapping
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components import artifacts
from components.artifact_files import read_document, read_split, write_document
from penstock.core.documents.data import RowCounts
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import GateError


@component
def RowCountGate(
    examples: InputArtifact[standard_artifacts.Examples],
    statistics: InputArtifact[standard_artifacts.ExampleStatistics],
    verdict: InputArtifact[artifacts.ModelVerdict],
    rows: OutputArtifact[artifacts.RowCounts],
    code: Parameter[str],
) -> None:
    """Write the counts, or raise a GateError if they differ.

    Args:
        examples: The rows by split, with the count of the source.
        statistics: The statistics of each split, with the number of rows.
        verdict: The verdict, with the number of evaluated rows.
        rows: The counts.
        code: Fingerprint of this module, for the cache.
    """
    counts = reconcile(
        json.loads(examples.get_string_custom_property("rows")),
        {split: _counted(statistics, split) for split in artifact_utils.decode_split_names(statistics.split_names)},
        read_document(verdict.uri, Verdict).rows,
    )
    write_document(rows.uri, counts)


def reconcile(examples: Mapping[str, int], statistics: Mapping[str, int], evaluated: int) -> RowCounts:
    """Return the counts by node if source = sum of splits = statistics = evaluated.

    Args:
        examples: Rows of the `source` and of each split, as ExampleGen wrote them, and those
            `quarantined`, which are not among the rows of the source.
        statistics: Rows of each split, as StatisticsGen read them.
        evaluated: Rows of the eval split, as the Evaluator read them.

    Raises:
        GateError: Two counts differ; the error names the first node.
    """
    splits = {name: count for name, count in examples.items() if name not in ("source", "quarantined")}
    pairs = [("ExampleGen", "rows over all splits", examples["source"], sum(splits.values()))]
    pairs += [
        ("StatisticsGen", f"rows of split {name}", count, statistics.get(name, 0)) for name, count in splits.items()
    ]
    pairs.append(("Evaluator", "rows of split eval", splits["eval"], evaluated))
    for node, what, expected, received in pairs:
        if expected != received:
            raise GateError(
                f"rows went missing or were doubled at {node}",
                f"{expected} {what}",
                str(received),
                "run again with --no-cache",
            )
    return RowCounts(
        source=examples["source"],
        splits=splits,
        statistics=dict(statistics),
        evaluated=evaluated,
        quarantined=examples.get("quarantined"),
    )


def _counted(statistics: Any, split: str) -> int:
    proto = statistics_pb2.DatasetFeatureStatisticsList()
    proto.ParseFromString(read_split(statistics, split, "FeatureStats.pb"))
    return sum(dataset.num_examples for dataset in proto.datasets)
