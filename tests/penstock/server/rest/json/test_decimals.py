import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.server.rest.json.decimals import FEW, decimals


def reference(value: float) -> float:
    """Return what TensorFlow Serving writes: `%g` if that is enough, else nine digits."""
    short = float(f"{value:g}")
    return short if np.float32(short) == np.float32(value) else float(f"{value:.9g}")


@pytest.mark.slow
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=FEW + 1, max_size=60))
def test_many_numbers_are_written_as_by_tensorflow_serving(values):
    array = np.array(values, np.float32)
    assert decimals(array).tolist() == [reference(value) for value in array.tolist()]


def test_random_bits_are_written_as_by_tensorflow_serving():
    bits = np.random.default_rng(7).integers(0, 2**32, 20_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    sixteenths = (np.arange(-20_000, 20_000) / 16).astype(np.float32)
    thousandths = (np.arange(9_990_000, 10_010_000) / 1000).astype(np.float32)
    array = np.concatenate([bits[np.isfinite(bits)], sixteenths, thousandths])
    assert decimals(array).tolist() == [reference(value) for value in array.tolist()]


def test_few_numbers_keep_their_shape_and_sign():
    array = np.array([[0.1, -0.0], [1e10, 1e-30]], np.float32)
    found = decimals(array)
    assert found.tolist() == [[0.1, 0.0], [1e10, 1e-30]]
    assert np.signbit(found).tolist() == [[False, True], [False, False]]
