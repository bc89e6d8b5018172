import numpy as np
import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models import joining
from penstock.server.models.joining import Arrays
from penstock.server.models.signature import Signature, TensorInfo

ROWS = TensorInfo("x:0", 1, (None,))


def doubled(tensors):
    if (tensors[0] < 0).any():
        raise ServingError(Code.INVALID_ARGUMENT, "negative")
    return [tensors[0] * 2]


def total(tensors):
    return [np.array([tensors[0].sum()])]


def answers(run, *values):
    calls = []

    def counted(tensors):
        calls.append(len(tensors[0]))
        return run(tensors)

    signature = Signature("s", "", {"x": ROWS}, {"y": ROWS}, counted)
    found = joining.answers(signature, [Arrays({"x": np.array(each, np.float32)}, len(each)) for each in values])
    return [each if isinstance(each, Exception) else each.outputs()["y"].tolist() for each in found], calls


def test_each_request_gets_the_outputs_of_its_rows():
    assert answers(doubled, [1], [2, 3], [4]) == ([[2], [4, 6], [8]], [4])
    assert answers(doubled, [1]) == ([[2]], [1])


def test_a_request_that_fails_fails_alone():
    (first, second, third), calls = answers(doubled, [1], [-2], [3])
    assert (first, third, str(second.message)) == ([2], [6], "negative")
    assert calls == [3, 1, 1, 1]


def test_outputs_with_another_number_of_rows_are_those_of_calls_of_their_own():
    assert answers(total, [1, 2], [3]) == ([[3], [3]], [3, 2, 1])


@pytest.mark.parametrize(
    ("other", "is_same"),
    [([[3.0]], False), ([1.0, 2.0], True), ([1], False), ([b"a"], False), (None, False)],
    ids=["shape", "rows", "integers", "texts", "missing"],
)
def test_only_tensors_of_one_type_shape_and_signature_share_a_call(other, is_same):
    signature = Signature("s", "", {"x": ROWS}, {"y": ROWS}, doubled)
    tensors = {} if other is None else {"x": np.array(other)}
    rows = Arrays(tensors, 1)
    assert (rows.kind(signature) == Arrays({"x": np.array([1.0])}, 1).kind(signature)) is is_same
    another = Signature("s", "", {"x": ROWS}, {"y": ROWS}, doubled)
    assert rows.kind(another) != rows.kind(signature)
