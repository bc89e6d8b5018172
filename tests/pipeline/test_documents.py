"""The documents of nodes: written and read again, of an earlier release, of a newer one, and damaged."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import documents
from pipeline.documents import (
    AnomalyReport,
    DriftReport,
    Reading,
    RowCounts,
    SplitReport,
    Verdict,
)
from pipeline.errors import PenstockError
from pipeline.training_documents import Fit, Leaderboard, Trials
from tests.cli.boards import BOARD
from tests.pipeline.metadata_store import VERDICT

DISTANCE = {"column": "miles", "measure": "L-infinity", "distance": None, "threshold": 0.1, "passed": True}
ANOMALY = {"column": "", "split": "eval", "kind": "K", "severity": "error", "description": "few", "fails": True}
TRIAL = {"settings": {"width": 96}, "epochs": 9, "most_epochs": 40, "loss": None, "seconds": 2.25, "best": True}
# As files of before there were versions hold them.
OLDER = {
    Verdict: VERDICT,
    DriftReport: {"version": 2, "compared": True, "columns": [DISTANCE], "fails": False},
    AnomalyReport: {"anomalies": [ANOMALY]},
    RowCounts: {"source": 3, "splits": {"train": 2, "eval": 1}, "statistics": {"train": 2}, "evaluated": 1},
    SplitReport: {"by": "key", "column": "miles", "shares": {"train": 1.0}, "without_key": 1, "repeated": None},
    Reading: {"rows": 3, "result": 2, "marked": {"miles": 1}},
    Leaderboard: BOARD,
    Trials: {"trials": [TRIAL]},
    Fit: {"settings": {"epochs": 3}, "tuned": ["epochs"], "start": "anew", "linear": {"cut": ""}},
}
KINDS = pytest.mark.parametrize("kind", OLDER)


@KINDS
def test_document_is_read_as_it_was_written(kind):
    document = kind.model_validate(OLDER[kind])
    assert kind.parse(document.text(), "here") == document
    assert json.loads(document.text())[kind.VERSION_KEY] == documents.VERSION


@KINDS
def test_file_of_before_there_were_versions_is_read_and_given_on_as_it_is(kind):
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
def test_version_that_there_never_was_is_refused(version):
    with pytest.raises(PenstockError, match=r"a model verdict, undamaged, received version: "):
        Verdict.parse(json.dumps({**VERDICT, "version": version}), "here")


@KINDS
def test_fields_that_nobody_knows_are_not_written(kind):
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


def test_tables_that_a_task_does_not_have_are_left_out_and_other_missing_values_are_not():
    written = json.loads(Verdict.model_validate(VERDICT).text())
    assert "residuals" not in written
    assert "confusion" not in written["slices"][0]
    assert written["metrics"]["auc"]["baseline"] is None
    assert written["metrics"]["auc"]["kind"] == "estimate"
    assert written["gains"]["linear"]["kind"] == "gain"


def test_each_file_has_its_name_and_title():
    kinds = [*OLDER]
    assert all(kind.TITLE for kind in kinds)
    assert {kind.FILE for kind in kinds} == {
        *("verdict.json", "report.json", "rows.json", "leaderboard.json", "trials.json", "settings.json", "")
    }


NUMBERS = st.floats(allow_nan=False)
OR_NONE = NUMBERS | st.none()
NAMES = st.text(max_size=20)
COUNTS = st.integers(0, 2**53)
METRICS = st.builds(
    documents.Metric,
    **dict.fromkeys(("model", "interval", "constant", "linear", "baseline"), OR_NONE),
    ends=st.tuples(NUMBERS, NUMBERS) | st.none(),
)
GAINS = st.dictionaries(NAMES, st.builds(documents.Gain, metric=NAMES, gain=OR_NONE, interval=OR_NONE), max_size=3)
VALUES = st.dictionaries(NAMES, OR_NONE, max_size=3)
TABLES = {
    "confusion": st.none()
    | st.builds(
        documents.Confusion,
        classes=st.lists(NAMES | st.none(), max_size=3).map(tuple),
        rows=st.lists(st.lists(COUNTS, max_size=3).map(tuple), max_size=3).map(tuple),
    ),
    "reliability": st.none()
    | st.lists(st.builds(documents.Bin, predicted=NUMBERS, found=NUMBERS, rows=COUNTS), max_size=3).map(tuple),
    "residuals": st.none()
    | st.lists(st.builds(documents.Quantile, share=NUMBERS, value=NUMBERS), max_size=3).map(tuple),
}
SLICES = st.builds(
    documents.Slice,
    column=NAMES,
    value=NAMES | st.integers(-(2**63), 2**63 - 1) | NUMBERS,
    rows=COUNTS,
    of_rarer_class=COUNTS | st.none(),
    too_few_rows=st.booleans(),
    **dict.fromkeys(("metrics", "intervals", "constant", "linear"), VALUES),
    gains=GAINS,
    **TABLES,
)
THRESHOLDS = st.builds(
    documents.Threshold,
    metric=NAMES,
    kind=st.sampled_from(["min", "max", "min_improvement", "not_worse", ""]),
    bound=OR_NONE,
    slice=NAMES,
    column=NAMES | st.none(),
    of_one_slice=st.booleans(),
    value=OR_NONE,
    passed=st.booleans(),
    decided=st.booleans(),
    lacks=st.sampled_from(["rows", "class", None]),
    words=NAMES,
)
VERDICTS = st.builds(
    Verdict,
    rows=COUNTS,
    of_rarer_class=COUNTS | st.none(),
    min_slice_rows=COUNTS | st.none(),
    metrics=st.dictionaries(NAMES, METRICS, max_size=3),
    gains=GAINS,
    slices=st.lists(SLICES, max_size=3).map(tuple),
    thresholds=st.lists(THRESHOLDS, max_size=3).map(tuple),
    blessed=st.booleans(),
    **TABLES,
)


@given(VERDICTS)
def test_any_verdict_is_read_as_it_was_written(verdict):
    assert Verdict.parse(verdict.text(), "here") == verdict


@given(VERDICTS, st.data())
def test_verdict_that_ends_early_is_refused(verdict, data):
    text = verdict.text()
    with pytest.raises(PenstockError, match="undamaged"):
        Verdict.parse(text[: data.draw(st.integers(0, len(text) - 1))], "here")


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_number_that_is_not_finite_stays_what_it_is(value):
    text = documents.Tables(residuals=(documents.Quantile(share=0.5, value=value),)).model_dump_json()
    (found,) = documents.Tables.model_validate_json(text, strict=True).residuals
    assert found.value == pytest.approx(value, nan_ok=True)


def test_documents_are_read_without_tensorflow_and_are_not_built_before_they_are_used():
    program = (
        "import sys\n"
        "import pipeline.summary\n"
        "from pipeline.documents import Verdict\n"
        "assert not Verdict.__pydantic_complete__\n"
        "heavy = {'tensorflow', 'tfx', 'numpy', 'pandas', 'pyarrow', 'apache_beam'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).resolve().parents[2], check=True)
