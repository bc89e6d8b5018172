"""Ratios become whole numbers of buckets, and splits are serialized as JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.tables.splits import (
    BUCKETS,
    Splits,
    by_column,
    by_hash,
    by_time,
    is_below_one_bucket,
    is_split_name,
    train_eval,
)

RATIOS = st.dictionaries(st.text("abcdefg", min_size=1, max_size=3), st.floats(1e-6, 1), min_size=1, max_size=8)


@given(RATIOS)
def test_buckets_add_up_and_are_within_one_of_the_share(ratios):
    splits = by_hash(ratios)
    total = sum(ratios.values())
    assert splits.names == tuple(ratios)
    assert sum(buckets for _, buckets in splits.buckets) == BUCKETS
    for name, buckets in splits.buckets:
        # Splits too small for a bucket of their own take one from the others.
        assert buckets >= 1
        assert abs(buckets - BUCKETS * ratios[name] / total) <= 1 + len(ratios)


def test_the_short_form_is_the_long_form_of_two():
    assert train_eval(0.33) == by_hash({"train": 0.67, "eval": 0.33})
    assert train_eval(0.33).buckets == (("train", 6700), ("eval", 3300))


@pytest.mark.parametrize(
    "splits",
    [
        train_eval(0.3, "key"),
        by_hash({"train": 0.5, "test": 0.2, "eval": 0.3}),
        by_time({"train": 0.5, "eval": 0.5}, "größe"),
        by_column("fold"),
        train_eval(0.3).of(["b", "größe"], "label"),
    ],
)
def test_splits_come_back_from_their_text_whole(splits):
    assert Splits.from_json(splits.to_json()) == splits


def test_the_order_of_features_does_not_change_the_splits():
    assert train_eval(0.3).of(["b", "a"], "c") == train_eval(0.3).of(["a", "b"], "c")


@pytest.mark.parametrize(
    ("name", "fits"),
    [("train", True), ("fold-1_b", True), ("7", True), ("", False), ("a b", False), ("source", False), ("-a", False)],
)
def test_names_of_splits_are_those_of_folders_and_counts(name, fits):
    assert is_split_name(name) is fits


@pytest.mark.parametrize(("share", "small"), [(0.0001, False), (1 - 0.9999, False), (0.00009, True)])
def test_a_share_of_less_than_a_bucket_is_too_small(share, small):
    assert is_below_one_bucket(share) is small
