import pytest

from pipeline.rendering.schema import schema


@pytest.mark.parametrize(
    "told",
    [
        "<td>miles</td><td>number</td><td>in every row</td>",
        "<td>seats</td><td>whole number</td><td>in 50% of the rows</td>",
        "1 to 6",
        "a, b, c, d, e, f and 2 more",
        "<td>truth value</td><td>no</td>",
    ],
)
def test_a_schema_is_told_in_words(told, written):
    assert told in schema(written("Schema"))
