"""A request by its id, in logs of values and in access logs."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.requests.search import check_id, search
from tests.penstock.serving.requests.logs import answer, write_log

AT = 1_700_000_000.0
LINE = {"time": "2023-11-14T22:13:20.500Z", "id": "r", "model": "m", "version": "3", "status": 200}


def lines(*changes):
    return "".join(json.dumps({**LINE, **change}) + "\n" for change in changes)


def found(request, *places):
    return [(each.model, each.version, each.rows, each.signature) for each in search(request, places)]


def test_request_is_found_with_its_version_and_rows(tmp_path):
    write_log(tmp_path, answer("other"), answer("r", 2), answer("r2"), answer("r", 1, "n", time=AT + 1))
    assert found("r", tmp_path) == [("n", 1, 2, "serving_default"), ("m", 2, 2, "serving_default")]
    assert found("none", tmp_path) == []
    assert search("r2", [tmp_path])[0].time == datetime.fromtimestamp(AT, UTC)


@pytest.mark.parametrize("name", ["access.jsonl", "access.log.gz"])
def test_request_is_found_in_an_access_log(tmp_path, name):
    text = "Serving m.\n" + lines({"id": "rr"}, {}, {"id": "r", "version": "4", "time": "2023-11-14T22:20:00Z"})
    write = gzip.compress if name.endswith("gz") else bytes
    (tmp_path / name).write_bytes(write(text.encode()))
    assert found("r", tmp_path / name) == [("m", 4, None, ""), ("m", 3, None, "")]


def test_answer_that_is_in_both_logs_is_found_once(tmp_path):
    log = write_log(tmp_path / "log", answer("r", 3, time=AT))
    (tmp_path / "access").write_text(lines({}))
    assert found("r", log, tmp_path / "access") == [("m", 3, 2, "serving_default")]


@pytest.mark.parametrize(
    "line",
    [
        "r\n",
        '"r"\n',
        '["r"]\n',
        '{"id": "r"}\n',
        lines({"version": "x"}),
        lines({"time": "yesterday"}),
        lines({"time": 5}),
        lines({"version": float("inf")}),
        '["r",' + "[" * 100_000 + "\n",
        lines({"id": "other", "path": "r"}),
        json.dumps({key: value for key, value in LINE.items() if key != "version"}) + "\n",
    ],
)
def test_line_that_is_no_answer_to_the_request_is_passed_over(tmp_path, line):
    (tmp_path / "access.log").write_text(line)
    assert found("r", tmp_path / "access.log") == []


@pytest.mark.parametrize(
    "content", [None, b"\x1f\x8b broken", gzip.compress(b"r" * 999, mtime=0)[:-20] + b"\xff" * 20, b"plain text"]
)
def test_access_log_that_cannot_be_read_is_named(tmp_path, content):
    place = tmp_path / "access.gz"
    if content:
        place.write_bytes(content)
    with pytest.raises(DataError, match=str(place)):
        search("r", [place])


@pytest.mark.parametrize("request_id", ["a", "!" * 128, "320a176464b04fd09238f610ed6deef2", '"};--'])
def test_id_that_a_request_can_have_is_taken(request_id):
    check_id(request_id)


@pytest.mark.parametrize("request_id", ["", "a b", "a\n", "\u00e9", "a" * 129, "\x1b[31m"])
def test_id_that_no_request_can_have_is_refused(request_id):
    with pytest.raises(ConfigError, match="--request: expected 1 to 128 printable ASCII characters"):
        check_id(request_id)
