"""The counts of unseen and outlying values, and the warnings about them."""

import pyarrow as pa
import pytest

from penstock.serving.model.findings import Counts, Findings
from tests.penstock.serving.documents import document, wanted

VOCABULARY = "0\x1e\n0\x1fred\n0\x1fblue\n1\x1e\n1\x1f7\n1\x1f9007199254740993\n2\x1e\n"


def findings(folder, *inputs):
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "vocabulary").write_text(VOCABULARY)
    return Findings.of(document(*inputs), folder)


COLOR = wanted("color", "text", "categorical", vocabulary=0, unseen=0.1)
CODE = wanted("code", "integer", "categorical", vocabulary=1, unseen=0.0)


def test_values_unseen_in_training_are_counted_by_column(tmp_path):
    found = findings(tmp_path, COLOR, CODE)
    found.add(COLOR, pa.array([b"red", b"green", None, b"Red"]))
    found.add(COLOR, pa.array([b"blue", b"green"]))
    found.add(CODE, pa.array([7, 2**53 + 1, 2**53, None, 7, 7]))
    found.rows = 6
    assert found.counts == {"color": Counts(5, 3, 0), "code": Counts(5, 1, 0)}
    assert found.notes == [
        "color: 3 of 6 rows hold a value unseen in training, 10.0% in the evaluation",
        "code: 1 of 6 rows hold a value unseen in training, 0.0% in the evaluation",
    ]


@pytest.mark.parametrize(
    ("unseen", "rows", "before", "warned"),
    [(1, 10, 0.1, False), (2, 10, 0.1, False), (3, 10, 0.1, True), (1, 1000, 0.0, False), (11, 1000, 0.0, True)],
)
def test_more_unseen_values_than_in_the_evaluation_are_a_warning(unseen, rows, before, warned):
    found = Findings([wanted("color", "text", "categorical", vocabulary=0, unseen=before)], (["red"],))
    found.counts["color"], found.rows = Counts(rows, unseen, 0), rows
    assert [line.partition(" has")[0] for line in found.warnings] == ["color"] * warned


def test_column_whose_rate_in_the_evaluation_is_unknown_is_noted_and_no_warning(tmp_path):
    found = findings(tmp_path, wanted("color", "text", "categorical", vocabulary=0))
    found.add(found.inputs[0], pa.array([b"green"]))
    found.rows = 1
    assert (found.notes, found.warnings) == (["color: 1 of 1 rows hold a value unseen in training"], [])


def test_values_far_outside_the_range_of_training_are_counted():
    fare, count = wanted("fare", "number", "numeric", low=0.0, high=100.5), wanted("count", "integer", "numeric", low=0)
    found = Findings([fare, count], ())
    found.add(fare, pa.array([0.0, 100.5, -1.0, 101.0, None], pa.float32()))
    found.add(count, pa.array([0, -5, 2**62, None, 1]))
    found.rows = 5
    assert found.notes == [
        "fare: 2 of 5 rows are far outside training, 0 to 100.5",
        "count: 1 of 5 rows are far outside training, 0 to no greatest",
    ]


def test_model_without_vocabularies_counts_none(tmp_path):
    found = Findings.of(document(COLOR), tmp_path)
    found.add(COLOR, pa.array([b"green"]))
    assert (found.counts["color"].unseen, found.notes, found.warnings) == (0, [], [])
