import json

from penstock.server.errors import Code, ServingError
from penstock.server.rest.answers import of_error, of_message, of_value


def test_an_error_has_its_status_and_text():
    answer = of_error(ServingError(Code.NOT_FOUND, 'no "a"'))
    assert (answer.status, json.loads(answer.body)) == (404, {"error": 'no "a"'})


def test_a_text_that_is_not_utf8_is_sent_with_replacements():
    assert json.loads(of_message(400, "a\udcff").body) == {"error": "a?"}


def test_headers_are_those_of_the_message():
    assert of_message(405, "no", allow="GET").headers == {"allow": "GET"}
    assert of_value({"a": 1}).body == b'{"a":1}'
