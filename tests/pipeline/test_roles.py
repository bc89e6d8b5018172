"""Roles as a configuration writes them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from modules.features import ROLES
from pipeline.roles import WrittenRole

ROLE = TypeAdapter(WrittenRole)


@pytest.mark.parametrize("role", [*(role for role in ROLES if role != "vector"), "vector[1]", "vector[784]"])
def test_role_is_kept_as_it_is_written(role):
    assert ROLE.validate_python(role) == role


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("numerc", ["'numeric', 'categorical'", "'text' or 'vector[N]'", "did you mean 'numeric'?"]),
        (3, ["'numeric', 'categorical'", "received 3"]),
        (None, ["received None"]),
        ("vector", ["such as 'vector[64]'", "'vector'"]),
        ("vectr[3]", ["'vector[N]'", "'vectr[3]'"]),
        ("vector[0]", ["the number of values in each list"]),
    ],
)
def test_role_that_there_is_not_is_refused_with_those_that_there_are(role, words):
    with pytest.raises(ValidationError) as caught:
        ROLE.validate_python(role)
    wrong = caught.value.errors()[0]["ctx"]["error"]
    for word in words:
        assert word in f"{wrong.expected}, received {wrong.received}"
