from benchmarks.serving.calls import timed


def test_calls_are_timed_until_the_time_is_over():
    calls = []
    found = timed(lambda: calls.append(1), 0.01)
    assert len(calls) > 20
    assert found["median"] <= found["p99"]
