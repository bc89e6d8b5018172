import pytest

from penstock.server.errors import Code, ServingError, http_status


def test_every_code_has_a_status_in_http():
    assert {code.name for code in Code if http_status(code) < 400} == {"OK"}


@pytest.mark.parametrize(
    ("code", "status"),
    [(Code.NOT_FOUND, 404), (Code.FAILED_PRECONDITION, 400), (Code.RESOURCE_EXHAUSTED, 429), (Code.UNAVAILABLE, 503)],
)
def test_status_of_a_code_is_that_of_tensorflow_serving(code, status):
    assert http_status(code) == status


def test_error_says_its_code_and_its_text():
    assert str(ServingError(Code.NOT_FOUND, "no such model")) == "NOT_FOUND: no such model"
