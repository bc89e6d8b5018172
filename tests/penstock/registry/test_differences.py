"""What differs between nested values."""

from penstock.registry.differences import Difference, between, metrics


def test_values_that_differ_are_named_by_their_keys():
    one = {"model": {"family": "trees", "rounds": 1}, "name": "a", "old": [1]}
    other = {"model": {"family": "trees", "rounds": 3.5}, "name": "a", "new": None}
    assert between(one, other) == (Difference("model.rounds", 1, 3.5), Difference("old", [1], None))
    assert between(one, one) == ()


def test_change_is_the_difference_of_two_numbers_only():
    assert Difference("x", 1, 3.5).change == 2.5
    assert [Difference("x", *pair).change for pair in ((1, None), (True, 2), ("1", 2), (1, float("nan")))] == [None] * 4


def test_truth_value_differs_from_a_number():
    assert between({"x": True}, {"x": 1}) == (Difference("x", True, 1),)


def test_metrics_over_all_rows_of_slices_and_of_other_rows_have_their_own_names():
    evaluations = {
        **{"overall": {"auc": 0.9, "note": "x"}, "test": {"auc": 0.7}, "intervals": {"auc": 0.1}, "blessed": True},
        "slices": {"paid=cash": {"metrics": {"auc": 0.8, "mae": None}, "rows": 4}, "broken": 1},
    }
    assert metrics(evaluations) == {"auc": 0.9, "test.auc": 0.7, "paid=cash: auc": 0.8}
