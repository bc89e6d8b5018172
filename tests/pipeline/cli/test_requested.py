"""What is found of a request, and requests of which nothing is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.core.errors import ConfigError, PenstockError
from penstock.serving.requests.search import Found
from pipeline.cli.requested import as_dicts, described, find_request
from tests.penstock.serving.requests.logs import answer, write_log

AT = datetime(2026, 11, 29, 15, 30, 11, tzinfo=UTC)


def test_answers_of_the_model_are_found(tmp_path):
    write_log(tmp_path, answer("r", 2), answer("r", 1, "other"))
    assert [each.version for each in find_request("r", [tmp_path], "m")] == [2]


@pytest.mark.parametrize(
    ("request_id", "has_log", "sentence"),
    [
        ("r", False, "--request: expected a log to look for the request in, received no --log; add --log FOLDER"),
        ("none", True, "the request none: expected a request that was answered and logged, received none in "),
        ("r", True, "the request r: expected an answer by m, received an answer by other, version 1; name the conf"),
        ("a b", True, "--request: expected 1 to 128 printable ASCII characters without spaces, received 'a b';"),
    ],
)
def test_request_of_which_nothing_is_found_says_what_was_searched(tmp_path, request_id, has_log, sentence):
    write_log(tmp_path, answer("r", 1, "other"))
    with pytest.raises(PenstockError) as caught:
        find_request(request_id, [tmp_path] if has_log else [], "m")
    assert isinstance(caught.value, ConfigError)
    assert str(caught.value).startswith(sentence)


def test_answer_is_described_with_its_place():
    found = [
        Found("m", 2, AT, 3, "serving_default", Path("log/a.parquet")),
        Found("m", 1, AT, None, "", Path("access")),
    ]
    assert described(found, "r") == [
        "Request r",
        "  answered by version 2 of m, 2026-11-29 15:30:11 UTC",
        "  in log/a.parquet, 3 rows, serving_default",
        "  answered by version 1 of m, 2026-11-29 15:30:11 UTC",
        "  in access",
        "2 answers have this id: a client chose it, or sent the request again.",
    ]
    assert as_dicts(found)[1] == {
        "model": "m",
        "version": 1,
        "time": "2026-11-29T15:30:11+00:00",
        "rows": None,
        "signature": None,
        "place": "access",
    }
