"""The metrics of a server, and servers that have none."""

import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from penstock.dashboard.traffic import scraping
from penstock.dashboard.traffic.scraping import NoMetrics, Sample, scrape
from tests.dashboard_site import NOBODY

METRICS = b"""# HELP penstock_requests_total Answered requests.
# TYPE penstock_requests_total counter
penstock_requests_total{code="OK",model="ta\\"xi"} 3.0
# TYPE other gauge
other{x="1"} 9.0
not a metric at all
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A server that answers may take long: the machine may be busy."""
    monkeypatch.setattr(scraping, "SECONDS", 60.0)


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
    ],
)
def test_server_without_metrics_is_said(answer, words):
    with server(answer) as url, pytest.raises(NoMetrics) as refused:
        scrape(url)
    assert words in str(refused.value)
    assert "start `penstock serve`" in str(refused.value)


def test_server_that_is_not_there_is_said():
    with pytest.raises(NoMetrics, match="Connection refused"):
        scrape(NOBODY)


def test_server_that_does_not_answer_is_left(monkeypatch):
    monkeypatch.setattr(scraping, "SECONDS", 0.2)
    # The server reads until the client has gone.
    with server(lambda handler: handler.rfile.read()) as url, pytest.raises(NoMetrics, match="timed out"):
        scrape(url)


def test_server_that_never_ends_is_left(monkeypatch):
    left = threading.Event()

    def drips(handler):
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):  # the client has gone
            while not left.wait(0.01):
                handler.wfile.write(b"penstock_x 1\n")

    monkeypatch.setattr(scraping, "SECONDS", 1.0)
    with server(drips) as url, pytest.raises(NoMetrics, match=r"no end within 1 s"):
        scrape(url)
    left.set()
