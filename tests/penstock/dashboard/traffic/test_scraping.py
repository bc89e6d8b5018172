"""The metrics of a server, and servers that have none."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from penstock.dashboard.traffic.scraping import NoMetrics, Sample, scrape
from tests.dashboard_site import NOBODY

METRICS = b"""# HELP penstock_requests_total Answered requests.
# TYPE penstock_requests_total counter
penstock_requests_total{code="OK",model="ta\\"xi"} 3.0
# TYPE other gauge
other{x="1"} 9.0
not a metric at all
"""


@contextmanager
def server(answer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            answer(self)

        def log_message(self, *_):
            pass

    opened = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened.daemon_threads = True
    threading.Thread(target=opened.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{opened.server_port}/metrics"
    finally:
        opened.shutdown()
        opened.server_close()


def sends(body, status=200):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Location", "http://127.0.0.1:1/")
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_metrics_of_penstock_are_read_and_others_are_not():
    with server(sends(METRICS)) as url:
        assert scrape(url) == [Sample("penstock_requests_total", {"code": "OK", "model": 'ta"xi'}, 3.0)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sends(b"no", 404), "the code 404"),
        (sends(b"", 302), "the code 302"),
        (sends(b"<html>"), "none of Penstock's"),
        (sends(b"\xff\xfe"), "none of Penstock's"),
        (sends(b"penstock_requests_total{code= 3"), "lines that are no metrics"),
        (sends(b'penstock_requests_total{code="\xff"} 1\n'), "lines that are no metrics"),
        (sends(b"#" * (5 << 20)), "more than 4 MB"),
        (lambda handler: handler.wfile.write(b"nonsense"), "expected those of a prediction server"),
        (lambda _: time.sleep(3), "timed out"),
    ],
)
def test_server_without_metrics_is_said(answer, words):
    with server(answer) as url, pytest.raises(NoMetrics) as refused:
        scrape(url)
    assert words in str(refused.value)
    assert "start `penstock serve`" in str(refused.value)


def test_server_that_does_not_answer_is_said():
    with pytest.raises(NoMetrics, match="Connection refused"):
        scrape(NOBODY)


def test_server_that_never_ends_is_left_after_a_second():
    def drips(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b"penstock_x 1\n")
            handler.wfile.flush()
            time.sleep(0.1)

    with server(drips) as url, pytest.raises(NoMetrics, match="no end within 1 s"):
        scrape(url)
