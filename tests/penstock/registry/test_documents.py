import math

import pytest
from pydantic import ValidationError

from penstock.registry.documents import ExperimentBody, TokenBody, VersionBody, overall, settings
from tests.registry_rows import body


def test_settings_have_their_keys_with_dots_and_lists_are_values():
    found = dict(settings({"model": {"family": "trees", "deep": {"x": 1}}, "slices": ["a", "b"], "none": {}}))
    assert found == {"model.family": "trees", "model.deep.x": 1, "slices": ["a", "b"]}


def test_metrics_are_those_over_all_rows_that_are_finite_numbers():
    values = {"auc": 0.9, "rows": 10, "nan": math.nan, "blessed": True, "word": "x", "none": None}
    assert overall({"overall": values, "company": {"auc": 1}}) == {"auc": 0.9, "rows": 10.0}
    assert overall({"overall": [1]}) == overall({}) == {}


def test_numbers_that_json_has_not_become_words():
    found = body(1, configuration={"a": math.inf, "b": [math.nan], "c": (1, 2)}).configuration
    assert found == {"a": "inf", "b": ["nan"], "c": [1, 2]}


@pytest.mark.parametrize(
    "given",
    [
        {"run": ""},
        {"run": "a\0b"},
        {"run": "x" * 201},
        {"state": "done"},
        {"commit": "HEAD"},
        {"seconds": math.inf},
        {"configuration": {"a": 10**301}},
        {"unknown": 1},
    ],
)
def test_body_of_an_experiment_is_checked(given):
    with pytest.raises(ValidationError):
        ExperimentBody(**{"model_id": 1, "run": "a", "state": "failed", **given})


def test_nesting_has_a_limit():
    nested = {}
    for _ in range(60):
        nested = {"a": nested}
    with pytest.raises(ValidationError, match="nested deeper than 50 levels"):
        body(1, configuration=nested)


def test_version_with_a_digest_of_another_kind_is_refused():
    with pytest.raises(ValidationError):
        VersionBody(model_id=1, number=1, folder="models/1", digest="abc", experiment_id=1)


def test_token_with_admin_allows_everything():
    from penstock.registry.documents import Token

    given = {"id": 1, "created": "2026-01-01T00:00:00Z", **TokenBody(name="a", scopes=("admin",)).model_dump()}
    assert all(Token(**given).allows(scope) for scope in ("read", "write", "promote", "admin"))
