"""The lineage of a version as a tree of text."""

import json
import shutil
from pathlib import Path

import pytest

from penstock.metadata.ancestry import ancestry
from pipeline.cli.text.lineage import tree
from tests.metadata_store import ROWS, StoreBuilder, configuration


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def builder(tmp_path: Path) -> StoreBuilder:
    return StoreBuilder(configuration(tmp_path))


def test_tree_leads_from_the_version_to_the_files(builder):
    builder.whole_run("20260101-000001", version=2)
    lines = tree(ancestry(builder.config.store, "2"))
    assert lines[0].startswith("Version 2 of taxi, pushed 20")
    assert lines[1] == "Folder: models/2"
    assert [line.removesuffix("  20260101-000001").rstrip() for line in lines[4:16]] == [
        "pushed_model 8              Pusher",
        "├── model 5                 Trainer",
        "│   ├── examples 1          ExampleGen",
        "│   ├── schema 3            SchemaGen",
        "│   │   └── statistics 2    StatisticsGen",
        "│   │       └── examples 1  see above",
        "│   └── transform_graph 4   Transform",
        "│       ├── examples 1      see above",
        "│       └── schema 3        see above",
        "└── blessing 6              Evaluator",
        "    ├── examples 1          see above",
        "    └── model 5             see above",
    ]
    assert lines[3].split("  ")[0] == "Artifact"
    assert lines[16:] == [
        "",
        "Rows of examples 1: 100 (train 67, eval 33)",
        "Source: trips.csv",
        "Query: SELECT * FROM source",
        f"Digest: sha256 {'d' * 64}",
        "Files: 1",
        "  trips.csv, 1,234 bytes",
        f"  sha256 {'f' * 64}",
    ]
    assert max(map(len, lines)) <= 80


def test_baseline_is_a_leaf_of_the_tree(builder):
    first = builder.whole_run("first", version=1)
    builder.whole_run("second", version=2, baseline=first["model"])
    (line,) = [line for line in tree(ancestry(builder.config.store, "2")) if "baseline_model" in line]
    assert line.split() == ["├──", "baseline_model", str(first["model"]), "compared", "with"]


def test_deleted_folder_is_marked(builder):
    builder.whole_run("run", version=2)
    shutil.rmtree("models")
    assert tree(ancestry(builder.config.store, "2"))[1] == "Folder: models/2 (deleted)"


def test_unknown_origin_is_marked(builder):
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", {})})["examples"]
    builder.whole_run("run", examples=examples)
    assert tree(ancestry(builder.config.store, "1"))[-5:] == [
        *(f"Rows of examples {examples}: unknown", "Source: unknown", "Query: unknown"),
        *("Digest: unknown", "Files: unknown"),
    ]


def test_long_query_is_wrapped_and_many_files_are_counted(builder):
    files = [{"path": f"part-{number}.csv", "sha256": "f" * 64, "bytes": 1} for number in range(1000)]
    properties = ROWS | {"query": "SELECT " + ", ".join(["miles"] * 50), "files": json.dumps(files)}
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", properties)})["examples"]
    builder.whole_run("run", examples=examples)
    lines = tree(ancestry(builder.config.store, "1"))
    assert max(map(len, lines)) <= 80
    assert "Files: 1,000" in lines
    assert lines[-1] == "  and 980 more: --json lists all"


def test_rows_of_a_database_have_a_table_and_a_digest_and_no_files(builder):
    properties = {**ROWS, "source": "postgresql://ada@db/taxi", "table": "rides", "query": "", "files": "[]"}
    examples = builder.node("run", "ExampleGen", outputs={"examples": ("Examples", properties)})["examples"]
    builder.whole_run("run", version=1, examples=examples)
    lines = tree(ancestry(builder.config.store, "1"))
    assert lines[lines.index("Source: postgresql://ada@db/taxi") :] == [
        "Source: postgresql://ada@db/taxi",
        "Table: rides",
        "Query: none",
        f"Digest: sha256 {'d' * 64}",
    ]
