"""The documents of nodes: written and read back, from an earlier release, from a newer one, and damaged."""

import json
import subprocess
import sys

import pytest

from penstock.core.documents import document as documents
from penstock.core.documents.data import AnomalyReport, DriftReport, Reading, RowCounts, SplitReport
from penstock.core.documents.training import Fit, Leaderboard, Trials
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import PenstockError
from penstock.core.fingerprint import PROJECT
from tests.metadata_store import VERDICT
from tests.pipeline.cli.leaderboards import LEADERBOARD

DISTANCE = {"column": "miles", "measure": "L-infinity", "distance": None, "threshold": 0.1, "passed": True}
ANOMALY = {"column": "", "split": "eval", "kind": "K", "severity": "error", "description": "few", "fails": True}
TRIAL = {"settings": {"width": 96}, "epochs": 9, "most_epochs": 40, "loss": None, "seconds": 2.25, "best": True}
# The content of files without a version.
OLDER = {
    Verdict: VERDICT,
    DriftReport: {"version": 2, "compared": True, "columns": [DISTANCE], "fails": False},
    AnomalyReport: {"anomalies": [ANOMALY]},
    RowCounts: {"source": 3, "splits": {"train": 2, "eval": 1}, "statistics": {"train": 2}, "evaluated": 1},
    SplitReport: {"by": "key", "column": "miles", "shares": {"train": 1.0}, "without_key": 1, "repeated": None},
    Reading: {"rows": 3, "result": 2, "marked": {"miles": 1}},
    Leaderboard: LEADERBOARD,
    Trials: {"trials": [TRIAL]},
    Fit: {"settings": {"epochs": 3}, "tuned": ["epochs"], "start": "from scratch", "linear": {"cut": ""}},
}
KINDS = pytest.mark.parametrize("kind", OLDER)


@KINDS
def test_document_is_read_as_it_was_written(kind):
    document = kind.model_validate(OLDER[kind])
    assert kind.parse(document.text(), "here") == document
    assert json.loads(document.text())[kind.VERSION_KEY] == documents.VERSION


@KINDS
def test_file_without_a_version_is_read_and_returned_unchanged(kind):
    assert kind.parse(json.dumps(OLDER[kind]), "here").plain() == OLDER[kind]


@KINDS
def test_document_of_a_newer_version_is_refused(kind):
    newer = {**OLDER[kind], kind.VERSION_KEY: documents.VERSION + 1, "unknown": 1}
    with pytest.raises(PenstockError) as refused:
        kind.parse(json.dumps(newer), "/artifacts/file.json")
    assert str(refused.value) == (
        f"/artifacts/file.json: expected {kind.TITLE} of version 1 or older, received version 2; "
        "use the release of Penstock that wrote it, or a newer one."
    )


@KINDS
@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"[]", "Input should be an object"),
        (b"null", "Input should be an object"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"{}", ": Field required"),
    ],
)
def test_damaged_file_is_refused(kind, content, received):
    with pytest.raises(PenstockError) as refused:
        kind.parse(content, "/artifacts/file.json")
    error = refused.value
    assert (error.what, error.expected) == ("/artifacts/file.json", f"{kind.TITLE}, undamaged")
    assert received in error.received
    assert "penstock fsck" in error.next_step


@KINDS
@pytest.mark.parametrize("change", [{"unknown": 1}, {"version": "1", "document_version": "1"}, {"rows": "many"}])
def test_unknown_or_wrong_field_is_refused(kind, change):
    with pytest.raises(PenstockError, match="undamaged, received"):
        kind.parse(json.dumps({**OLDER[kind], **change}), "here")


@pytest.mark.parametrize("version", [0, -1, 1.5, True, None])
def test_invalid_version_is_refused(version):
    with pytest.raises(PenstockError, match=r"a model verdict, undamaged, received version: "):
        Verdict.parse(json.dumps({**VERDICT, "version": version}), "here")


@KINDS
def test_unknown_fields_are_not_written(kind):
    with pytest.raises(ValueError, match="unknown"):
        kind(**OLDER[kind], unknown=1)


def test_document_is_read_from_its_file_in_a_folder(tmp_path):
    document = RowCounts.model_validate(OLDER[RowCounts])
    (tmp_path / "rows.json").write_text(document.text())
    assert RowCounts.read(tmp_path) == document
    assert "quarantined" not in document.text()
    with pytest.raises(FileNotFoundError):
        Verdict.read(tmp_path)


def test_document_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Verdict.model_validate(VERDICT).rows = 1


def test_each_file_has_its_name_and_title():
    kinds = [*OLDER]
    assert all(kind.TITLE for kind in kinds)
    assert {kind.FILE for kind in kinds} == {
        *("verdict.json", "report.json", "rows.json", "leaderboard.json", "trials.json", "settings.json", "")
    }


def test_documents_are_read_without_tensorflow_and_are_not_built_before_they_are_used():
    program = (
        "import sys\n"
        "import penstock.metadata.summary\n"
        "from penstock.core.documents.verdict import Verdict\n"
        "assert not Verdict.__pydantic_complete__\n"
        "heavy = {'tensorflow', 'tfx', 'numpy', 'pandas', 'pyarrow', 'apache_beam'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True)
