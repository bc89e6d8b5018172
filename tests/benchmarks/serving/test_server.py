from benchmarks.serving.server import load_of, sent


def test_a_load_returns_what_it_measured():
    found = sent(load_of("http://127.0.0.1:1/x", b"body", 0, 0.0, warm=0.0, keep=True))
    assert (found["requests"], found["answers"]) == (0, [])
