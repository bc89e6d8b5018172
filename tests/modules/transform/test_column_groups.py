"""Which columns are scaled, which have a vocabulary, and in which order."""

import pytest

from modules.transform.column_groups import category_columns, number_columns, scaled_width, text_sums
from penstock.core.features import Feature, FeatureSpec

FEATURES = (
    Feature("kind", "categorical"),
    Feature("open", "boolean"),
    Feature("note", "text"),
    Feature("miles", "numeric"),
    Feature("place", "vector", width=3),
    Feature("at", "timestamp"),
)


def spec_of(task):
    return FeatureSpec(label="target", task=task, features=FEATURES, text_buckets=8)


def test_numbers_that_are_scaled_come_before_the_others():
    assert [feature.name for feature in number_columns(spec_of("binary"))] == ["miles", "at", "open"]


@pytest.mark.parametrize(
    ("task", "expected"), [("binary", ["kind"]), ("regression", ["kind"]), ("multiclass", ["kind", "target"])]
)
def test_label_has_a_vocabulary_only_where_it_is_a_class(task, expected):
    assert category_columns(spec_of(task)) == expected


def test_each_number_of_a_list_is_scaled_and_each_bucket_of_a_text_counted():
    assert scaled_width(spec_of("binary")) == 2 + 3
    assert text_sums(spec_of("binary")) == 8 + 1
