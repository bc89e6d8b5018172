"""What the errors of a cluster mean: one sentence in four parts, or the error as it was."""

import pytest

from components.cluster_errors import explain, explained
from penstock.core.errors import DataError, NodeError

BUFFERS = (
    "java.io.IOException: Insufficient number of network buffers: required 5, but only 2 available. The total "
    "number of network buffers is currently set to 64 of 32768 bytes each. You can increase this number by setting"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BUFFERS, ["expected 5 free network buffers", "received 2 of 64 (2 MB)", "taskmanager.memory.network"]),
        ("ModuleNotFoundError: No module named 'components'", ["no module 'components'", "`penstock workers`"]),
        ("NoResourceAvailableException: Could not acquire the minimum required resources.", ["lower --parallelism"]),
        ("java.io.IOException: Cannot write record to fresh sort buffer. Record too large.", ["managed.size"]),
        ("java.lang.OutOfMemoryError: Java heap space", ["none left (OutOfMemoryError)"]),
        ("TaskManager with id 127.0.0.1:4-a is no longer reachable.", ["was lost", "`penstock resume`"]),
    ],
)
def test_known_error_is_one_sentence_with_its_remedy(text, words):
    with pytest.raises(NodeError) as found, explained():
        raise RuntimeError(f"Pipeline job-1 failed in state FAILED: {text}")
    assert [word for word in words if word not in str(found.value)] == []
    assert "\n" not in str(found.value)


def test_unknown_error_and_those_of_penstock_stay_as_they_are():
    assert explain("Pipeline job-1 failed in state FAILED: java.lang.IllegalStateException") is None
    for error in (ValueError("a"), DataError("line 7", "a number")):
        with pytest.raises(type(error)) as found, explained():
            raise error
        assert found.value is error


@pytest.mark.parametrize("address", ["", ": localhost/10.0.0.7:50000"])
def test_refused_connection_names_the_pool_whether_or_not_the_cluster_does(address):
    parts = explain(f"java.net.ConnectException: Connection refused{address}", "10.0.0.7:50000")
    assert parts
    assert parts[0] == "the worker pool 10.0.0.7:50000"
    assert "`penstock workers`" in parts[3]
