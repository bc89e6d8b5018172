"""A file scored by a server: interrupted at any time, each row is sent and written once, in the order of the file."""

import csv
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.batch.output import is_text
from penstock.serving.batch.rows import open_rows
from penstock.serving.batch.score import Job
from penstock.serving.model.findings import Findings
from penstock.serving.model.scorer import document_of_signature
from penstock.serving.model.versions import ModelVersion
from penstock.serving.remote import parts as module
from penstock.serving.remote.parts import Parts, score_parts
from penstock.serving.remote.scorer import Server, connected
from tests.penstock.serving.remote.conftest import PATIENCE, started

COUNT = 1000
SIZE = 10


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("id,color,count\n" + "".join(f"{n},red,{n}\n" for n in range(COUNT)))
    return file


@pytest.fixture
def parts(source, tmp_path):
    return Parts(source, tmp_path / "scored.csv", "digest", SIZE, 4)


def run(server, parts, seen=None):
    """Score a file as the command does."""
    progress = seen if seen is not None else []
    with connected(Server(server.address(), parallel=parts.parallel, patience=PATIENCE)) as remote:
        document = document_of_signature(remote.scorer)
        with open_rows(parts.source, document, reader="version 3", as_written=is_text(parts.target)) as rows:
            job = Job("rows", rows, ModelVersion(parts.source.parent, 3), remote.scorer, Findings(document.inputs, ()))
            return score_parts(job, parts, lambda *each: progress.append(each), progress.append)


def read(file):
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text().splitlines()]
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_rows_are_in_the_order_of_the_file_with_the_version(server, parts, tmp_path, parallel, ending):
    server.faults = ["soon", "", "cut", "503", "", "close"]
    parts = replace(parts, target=tmp_path / f"scored.{ending}", parallel=parallel)
    assert run(server, parts) == (COUNT, 0)
    rows = read(parts.target)
    assert [int(row["id"]) for row in rows] == list(range(COUNT))
    assert all(float(row["prediction"]) == 2 * int(row["id"]) for row in rows)
    assert {int(row["model_version"]) for row in rows} == {3}
    assert sorted(server.scored) == [float(number) for number in range(COUNT)]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize("source_ending", ["csv", "jsonl"])
def test_interrupted_scoring_continues_with_the_parts_that_are_not_done(server, parts, tmp_path, source_ending):
    if source_ending == "jsonl":
        parts = replace(parts, source=tmp_path / "rows.jsonl")
        lines = (json.dumps({"color": "red", "count": number, "id": number}) for number in range(COUNT))
        parts.source.write_text("\n".join(lines))
    parts.target.write_text("as before")
    per_part = module.BATCHES
    server.faults = [""] * (2 * per_part + 3) + ["invalid"] * 99
    with pytest.raises(DataError):
        run(server, parts)
    assert parts.target.read_text() == "as before"
    seen = []
    with started() as fresh:  # what the first run still has in flight reaches the other server
        assert run(fresh, parts, seen) == (COUNT, 2 * per_part * SIZE)
    assert seen[0] == (COUNT, 2 * per_part * SIZE)
    assert sum(seen[1:]) == COUNT - 2 * per_part * SIZE
    assert sorted(fresh.scored) == [float(number) for number in range(2 * per_part * SIZE, COUNT)]
    assert [int(row["id"]) for row in read(parts.target)] == list(range(COUNT))


@pytest.mark.slow
def test_file_that_is_corrected_after_its_first_part_was_refused_is_scored(server, parts, source):
    right = source.read_text()
    source.write_text(right.replace("7,red,7\n", "7,red,seven\n", 1))
    with pytest.raises(DataError, match="line 9, column 'count': expected a number"):
        run(server, parts)
    source.write_text(right)
    assert run(server, parts) == (COUNT, 0)
    assert [int(row["id"]) for row in read(parts.target)] == list(range(COUNT))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"), [("source", "the source of"), ("model", "the model of"), ("size", "the options and the code")]
)
def test_other_file_model_or_options_are_refused_until_restart(server, parts, source, change, said):
    server.faults = [""] * 20 + ["invalid"] * 99
    with pytest.raises(DataError):
        run(server, parts)
    server.faults = []
    if change == "source":
        source.write_text(source.read_text().replace("999,red,999", "999,red,998"))
    changed = parts if change == "source" else replace(parts, **{change: "other" if change == "model" else 20})
    with pytest.raises(ConfigError, match=f"expected {said}"):
        run(server, changed)
    assert run(server, replace(changed, restart=True)) == (COUNT, 0)


@pytest.mark.slow
def test_row_that_cannot_be_read_is_placed_in_the_file(server, parts, source):
    source.write_text(source.read_text().replace("\n900,red,900\n", "\n900,red,many\n"))
    with pytest.raises(DataError, match="line 902, column 'count': expected a number, .*received 'many'"):
        run(server, parts)
    assert not parts.target.exists()
