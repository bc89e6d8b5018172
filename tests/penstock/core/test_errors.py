"""The tree of errors: exit codes, the sentence, pickling, and chains of causes."""

import pickle
import traceback

import pytest

from penstock.core.errors import (
    ConfigError,
    DataError,
    GateError,
    Interrupted,
    NodeError,
    PenstockError,
    StoreError,
    from_chain,
)

CODES = {ConfigError: 2, DataError: 2, StoreError: 2, NodeError: 1, GateError: 1, Interrupted: 130}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_error_of_each_kind_has_its_exit_code(kind, code):
    assert issubclass(kind, PenstockError)
    assert kind("what").exit_code == code


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (("a key",), "a key."),
        (("a key", "a number"), "a key: expected a number."),
        (("a key", "", "text"), "a key: received text."),
        (("a key", "a number", "text"), "a key: expected a number, received text."),
        (("a key", "a number", "text", "fix it"), "a key: expected a number, received text; fix it."),
        (("a key", "", "", "fix it."), "a key; fix it."),
    ],
)
def test_parts_that_are_given_make_one_sentence(parts, sentence):
    assert str(ConfigError(*parts)) == sentence


@pytest.mark.parametrize("kind", CODES)
def test_error_survives_pickling_with_all_its_parts(kind):
    error = pickle.loads(pickle.dumps(kind("what", "this", "that", "do so", ("one", "two"))))  # noqa: S301  its own
    assert type(error) is kind
    assert error.as_dict() == {
        "what": "what",
        "expected": "this",
        "received": "that",
        "next_step": "do so",
        "details": ["one", "two"],
    }


def test_traceback_ends_with_the_sentence_and_the_details_also_after_pickling():
    error = GateError("what", "this", "that", "do so", ("one", "two\n"))
    lines = ["penstock.core.errors.GateError: what: expected this, received that; do so.", "  one", "  two\\u000a"]
    for each in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301  its own
        assert "".join(traceback.format_exception(each)).splitlines()[-3:] == lines


def raised(error, cause=None):
    """Return the error as it is caught, raised while another was handled or from it."""
    try:
        if cause is None:
            raise error
        try:
            raise cause
        except BaseException:
            raise error  # noqa: B904  (the implicit context is what is tested)
    except BaseException as caught:
        return caught


def test_chain_gives_the_innermost_penstock_error():
    inner, outer = DataError("the table"), NodeError("the node")
    assert from_chain(raised(RuntimeError("wrapped"), raised(outer, raised(KeyError("k"), inner)))) is inner


def test_chain_follows_the_cause_before_the_context():
    cause = DataError("the cause")
    error = RuntimeError("wrapped")
    error.__cause__, error.__context__ = cause, NodeError("the context")
    assert from_chain(error) is cause


@pytest.mark.parametrize("error", [ValueError("foreign"), raised(ValueError("foreign"), KeyError("foreign too"))])
def test_chain_without_a_penstock_error_gives_none(error):
    assert from_chain(error) is None


def test_cyclic_chain_ends():
    first, second = ValueError("one"), StoreError("two")
    first.__cause__, second.__cause__ = second, first
    assert from_chain(first) is second
