"""The error messages that the documentation shows: each is produced again, by its command or by the code.

A message is a block of the language `output`; a command in its first line, after `$`, is run.
"""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from components import anomaly_gate, drift_gate, monotonicity_gate
from components.row_count_gate import reconcile
from penstock.config.loading import load
from penstock.core.documents.data import Anomaly, DriftReport
from penstock.core.documents.monotonicity import Monotonicity, Probed
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import PenstockError
from penstock.parity.checking import Finding
from penstock.parity.comparison import Difference
from penstock.parity.golden import GoldenRows
from penstock.parity.refusal import refusal
from penstock.serving.model.scorer import Scorer
from penstock.serving.sharded.work import MODEL, Manifest, check_same
from penstock.tables.databases.database import read
from penstock.tables.input import Input
from tests.documents import verdict
from tests.metadata_store import StoreBuilder
from tests.penstock.serving.batch.test_score import run as score_file
from tests.penstock.serving.documents import document, wanted

PROJECT = Path(__file__).resolve().parent.parent
FILES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
ROWS = PROJECT / "data" / "taxi" / "trips.csv"
RUN = re.compile(r"\b\d{8}-\d{6}\b")
# The parts that every error message has.
SENTENCE = re.compile(r": expected .*, received .*; .*\.$|; run again with .*\.$", re.MULTILINE)

pytestmark = pytest.mark.slow


def named(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def blocks(file: Path) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w*)\n(.*?)^```$", file.read_text(), re.MULTILINE | re.DOTALL)


SHOWN = [(named(file), text) for file in FILES for language, text in blocks(file) if language == "output"]
COMMANDS = [(name, *text.split("\n", 1)) for name, text in SHOWN if text.startswith("$ ")]
SENTENCES = {name: text.strip() for name, text in SHOWN if not text.startswith("$ ")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project like this one, after a run that pushed version 1."""
    shutil.copy(PROJECT / "pipeline.toml", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "taxi").symlink_to(ROWS.parent)
    StoreBuilder(load(tmp_path / "pipeline.toml", environment={})).whole_run("20260101-000001")
    version = tmp_path / "models" / "chicago-taxi" / "1"
    version.mkdir(parents=True, exist_ok=True)
    (version / "saved_model.pb").touch()
    return tmp_path


def printed(folder: Path, command: str) -> str:
    """Return what a command of the documentation prints in a folder."""
    verb, *arguments = shlex.split(command.removeprefix("$ "))
    assert verb == "penstock"
    result = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "TERM": "dumb", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2, result.stderr
    return (result.stdout + result.stderr).replace(f"{folder}/", "").strip()


@pytest.mark.parametrize(
    ("name", "command", "message"), COMMANDS, ids=[f"{name}: {text}" for name, text, _ in COMMANDS]
)
def test_command_that_the_documentation_shows_prints_the_message_shown(name, command, message, project):
    assert RUN.sub("RUN", printed(project, command)) == RUN.sub("RUN", message.strip())


def newer_document(tmp_path: Path) -> None:
    Verdict.parse(json.dumps({**verdict().plain(), "version": 2}), "FILE")


def anomaly(tmp_path: Path) -> None:
    found = {"column": "payment_type", "split": "train", "kind": "X", "severity": "error", "description": "new value"}
    report = "state/artifacts/chicago-taxi/AnomalyReport/report/8/report.json"
    anomaly_gate.fail_run([Anomaly.model_validate({**found, "fails": True})], report)


def drift(tmp_path: Path) -> None:
    columns = [
        {"column": name, "measure": "L-infinity", "distance": distance, "threshold": 0.1, "passed": False}
        for name, distance in (("payment_type", 0.307), ("fare", 0.431))
    ]
    report = {"version": 3, "compared": True, "failing": ["drift"], "fails": True, "columns": columns, "skew": []}
    drift_gate.fail_run(DriftReport.model_validate(report))


def monotonicity(tmp_path: Path) -> None:
    column = Probed(column="zone", direction="increasing", rows=0, probes=0, violations=0, largest=0.0)
    monotonicity_gate.fail_run(Monotonicity(rows=4974, columns=(column,)))


def row_counts(tmp_path: Path) -> None:
    rows = {"source": 15002, "train": 10028, "eval": 4974}
    reconcile(rows, {"train": 10028, "eval": 4970}, 4974)


def value_of_prediction(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("fare\n1\nyes\n")
    columns = document(wanted("fare", "number", "numeric"))
    scorer = Scorer({"fare": "number"}, ("prediction",), lambda columns: [pa.array(columns["fare"])])
    score_file(tmp_path / "rows.csv", tmp_path / "scored.csv", columns=columns, scorer=scorer)


def value_of_training(tmp_path: Path) -> None:
    """Read the taxi rows with one word among the numbers."""
    from pipeline.preflight import check_inputs

    head, *lines = ROWS.read_text().splitlines()
    place = head.split(",").index("fare")
    wrong = lines[4709].split(",")
    lines[4709] = ",".join([*wrong[:place], "oops", *wrong[place + 1 :]])
    (tmp_path / "trips.csv").write_text("\n".join([head, *lines, ""]))
    text = (PROJECT / "pipeline.toml").read_text()
    query = tomllib.loads(text)["data"]["query"]
    (tmp_path / "pipeline.toml").write_text(text.replace(f'query = "{query}"\n', ""))
    settings = ["data.source=trips.csv", "data.label=tips", "model.task=regression"]
    settings += ["evaluation.metric=rmse", "evaluation.min=1"]
    check_inputs(load(tmp_path / "pipeline.toml", settings, environment={}))


def bucket(tmp_path: Path) -> None:
    settings = ["push.directory=gs://my-bucket/models"]
    config = load(PROJECT / "pipeline.toml", settings, environment={})
    config.path(config.push.directory)


def certificate(tmp_path: Path) -> None:
    name = "trip_miles"
    columns, examples = {name: (3.4,) * 20}, ("",) * 20
    rows = GoldenRows(columns=columns, types={name: "float32"}, names={name: name}, examples=examples, expected={})
    found = Difference("probability", 16, 0.8312096, 0.7914433, 0.04)
    finding = Finding("JSON rows", found, "probability 0.8312096", "probability 0.7914433")
    raise refusal(finding, rows, ["trip_miles"])


def scoring(_: Path) -> None:
    manifest = Manifest("20261129-120102-5ad1c0de", "2026-11-29T12:01:02+00:00", {MODEL: "one"}, 10, ())
    check_same(manifest, {MODEL: "another"}, Path("/rides/.scored.parquet.scoring"))


def value_of_a_database(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "rides.sqlite")
    connection.execute("CREATE TABLE rides (miles)")
    connection.executemany("INSERT INTO rides VALUES (?)", [(1,), (2.5,), ("12 km",), (3,), (4,)])
    connection.commit()
    connection.close()
    list(read(Input(f"sqlite:///{tmp_path}/rides.sqlite", table="rides")))


RAISED: dict[str, Callable[[Path], None]] = {
    "docs/pipeline.md": newer_document,
    "docs/tasks/certificate.md": certificate,
    "docs/tasks/compile.md": bucket,
    "docs/tasks/databases.md": value_of_a_database,
    "docs/tasks/drift.md": drift,
    "docs/tasks/monotonic.md": monotonicity,
    "docs/tasks/predict.md": value_of_prediction,
    "docs/tasks/schema.md": anomaly,
    "docs/tasks/score.md": scoring,
    "docs/tasks/thresholds.md": row_counts,
    "docs/tasks/values.md": value_of_training,
}


def test_every_message_without_a_command_is_produced_by_a_test():
    assert sorted(SENTENCES) == sorted(RAISED)
    assert len(SHOWN) == len(SENTENCES) + len(COMMANDS)


@pytest.mark.parametrize("name", RAISED)
def test_message_that_the_documentation_shows_is_the_one_that_is_raised(name, tmp_path):
    with pytest.raises(PenstockError) as caught:
        RAISED[name](tmp_path)
    assert str(caught.value).replace(f"{tmp_path}/", "") == SENTENCES[name]


@pytest.mark.parametrize("file", FILES, ids=named)
def test_message_outside_of_a_block_of_output_is_found(file):
    others = [text for language, text in blocks(file) if language not in ("output", "json")]
    assert [text for text in others if SENTENCE.search(text)] == []
