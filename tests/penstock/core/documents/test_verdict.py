"""The verdict: any verdict is read as it was written, and a truncated one is refused."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.documents import verdict as verdict_documents
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import PenstockError
from tests.examples import examples
from tests.metadata_store import VERDICT

NUMBERS = st.floats(allow_nan=False)
OR_NONE = NUMBERS | st.none()
NAMES = st.text(max_size=20)
COUNTS = st.integers(0, 2**53)
METRICS = st.builds(
    verdict_documents.Metric,
    **dict.fromkeys(("model", "interval", "constant", "linear", "baseline"), OR_NONE),
    ends=st.tuples(NUMBERS, NUMBERS) | st.none(),
)
GAINS = st.dictionaries(
    NAMES, st.builds(verdict_documents.Gain, metric=NAMES, gain=OR_NONE, interval=OR_NONE), max_size=3
)
VALUES = st.dictionaries(NAMES, OR_NONE, max_size=3)
TABLES = {
    "confusion": st.none()
    | st.builds(
        verdict_documents.Confusion,
        classes=st.lists(NAMES | st.none(), max_size=3).map(tuple),
        rows=st.lists(st.lists(COUNTS, max_size=3).map(tuple), max_size=3).map(tuple),
    ),
    "reliability": st.none()
    | st.lists(st.builds(verdict_documents.Bin, predicted=NUMBERS, found=NUMBERS, rows=COUNTS), max_size=3).map(tuple),
    "residuals": st.none()
    | st.lists(st.builds(verdict_documents.Quantile, share=NUMBERS, value=NUMBERS), max_size=3).map(tuple),
}
SLICES = st.builds(
    verdict_documents.Slice,
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
    verdict_documents.Threshold,
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


@pytest.mark.slow
@settings(max_examples=examples(30), deadline=None)
@given(VERDICTS)
def test_any_verdict_is_read_as_it_was_written(verdict):
    assert Verdict.parse(verdict.text(), "here") == verdict


@pytest.mark.slow
@settings(max_examples=examples(30), deadline=None)
@given(VERDICTS, st.data())
def test_truncated_verdict_is_refused(verdict, data):
    text = verdict.text()
    with pytest.raises(PenstockError, match="undamaged"):
        Verdict.parse(text[: data.draw(st.integers(0, len(text) - 1))], "here")


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_number_that_is_not_finite_is_read_as_it_was_written(value):
    text = verdict_documents.Tables(residuals=(verdict_documents.Quantile(share=0.5, value=value),)).model_dump_json()
    (found,) = verdict_documents.Tables.model_validate_json(text, strict=True).residuals
    assert found.value == pytest.approx(value, nan_ok=True)


def test_tables_that_a_task_does_not_have_are_left_out_and_other_missing_values_are_not():
    written = json.loads(Verdict.model_validate(VERDICT).text())
    assert "residuals" not in written
    assert "confusion" not in written["slices"][0]
    assert written["metrics"]["auc"]["baseline"] is None
    assert written["metrics"]["auc"]["kind"] == "estimate"
    assert written["gains"]["linear"]["kind"] == "gain"
