import numpy as np
import pytest

from modules.row_weights import checked_weights
from penstock.core.errors import NodeError


def test_weights_above_zero_are_taken():
    assert checked_weights(np.array([0.5, 3])).tolist() == [0.5, 3]


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_weight_that_is_no_number_above_zero_is_refused_with_the_first(wrong):
    with pytest.raises(NodeError, match=f"received 2 others in 4 rows, the first {wrong:g}; "):
        checked_weights(np.array([1.0, wrong, 2.0, -5.0]))
