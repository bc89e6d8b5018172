"""The file of held-out predictions."""

import numpy as np
import pytest

from modules.families.problem import HeldOut

pytestmark = pytest.mark.slow


def test_predictions_are_read_with_the_positions_of_their_rows(tmp_path):
    from modules.decision import held_out

    order = np.array([3, 1, 4, 0, 2])
    written = HeldOut(np.array([[0.5], [0.25]]), np.array([1.0, 0.0]), np.array([3, 4]), "validation rows")
    held_out.write(written, order, str(tmp_path))
    content = (tmp_path / held_out.FILE).read_bytes()
    found = held_out.read(str(tmp_path))
    assert found.places.tolist() == [0, 2]
    assert (found.scores.tolist(), found.labels.tolist(), found.source) == ([[0.5], [0.25]], [1, 0], "validation rows")
    held_out.write(written, order, str(tmp_path))
    assert (tmp_path / held_out.FILE).read_bytes() == content


@pytest.mark.parametrize(
    ("family", "word"), [("trees", "ended the fitting"), ("linear", "strength"), ("auto", "chose")]
)
def test_validation_rows_are_scored_in_batches_and_say_what_they_decided(family, word):
    from modules.decision import held_out

    count = held_out._BATCH + 1
    rows = {"a_xf": np.arange(count, dtype=np.float32), "text_xf": np.ones((count, 2), np.float16)}
    sizes = []

    def score(columns):
        sizes.append(len(columns["a_xf"]))
        assert columns["text_xf"].dtype == "float32"
        return columns["a_xf"][:, None]

    found = held_out.predicted(score, list(rows), (rows, np.zeros(count)), 10, family)
    assert sizes == [held_out._BATCH, 1]
    assert found.scores[:, 0].tolist() == rows["a_xf"].tolist()
    assert found.places[[0, -1]].tolist() == [10, count + 9]
    assert word in found.source
