"""SchemaGen: what is in its cache key."""

import pytest

from tests.components.launching import channel

pytestmark = pytest.mark.e2e


def test_code_is_in_what_the_cache_key_is_made_of():
    from components.schema_gen import SchemaGen

    first, second, other = (
        SchemaGen(channel("ExampleStatistics"), code=code).executor_spec.encode().SerializeToString(deterministic=True)
        for code in ("a", "a", "b")
    )
    assert first == second != other
