"""Lines about the leaderboard of `auto`."""

import pytest

from penstock.core.documents.training import Leaderboard
from pipeline.cli.text import run_lines
from tests.pipeline.cli.leaderboards import LEADERBOARD


def leaderboard_lines(board):
    return run_lines.leaderboard_lines(Leaderboard.model_validate(board))


def test_best_models_are_listed_with_metric_and_cost():
    assert leaderboard_lines(LEADERBOARD) == [
        "2 models in 12 s on 5 folds of 1,500 rows; the mean of 2: log_loss 0.1900",
        "Family  log_loss  Weight  Fit s  µs/row  Settings",
        "trees     0.2000    0.75    1.3     4.0  leaves 9, lambda_l2 0.5",
        "linear    0.2500    0.25    0.1     0.5  as configured",
        "Left out: neural, which needs about 12 s",
    ]


def test_settings_that_were_tried_once_are_counted_and_the_size_and_the_cut_of_a_model_are_shown():
    first, second = LEADERBOARD["models"]
    models = [{**first, "megabytes": 1.25}, {**second, "megabytes": 0.01, "cut": "1 of 5 strengths"}]
    lines = leaderboard_lines({**LEADERBOARD, "models": models, "raced": 33})
    assert lines[:4] == [
        "33 settings in 12 s, 2 on 5 folds of 1,500 rows; the mean of 2: log_loss 0.1900",
        "Family log_loss Weight Fit s µs/row  MB Settings",
        "trees    0.2000   0.75   1.3    4.0 1.2 leaves 9, lambda_l2 0.5",
        "linear   0.2500   0.25   0.1    0.5 0.0 cut short (1 of 5 strengths): as config…",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"folds": 0}, "2 models in 12 s on 1,500 rows; the mean of 2: log_loss 0.1900"),
        (
            {"folds": 0, "models": LEADERBOARD["models"][:1]},
            "1 model in 12 s on 1,500 rows; the best: log_loss 0.1900",
        ),
    ],
)
def test_first_line_is_a_summary(changes, line):
    assert leaderboard_lines({**LEADERBOARD, **changes})[0] == line


def test_long_leaderboard_is_cut_and_no_line_is_long():
    settings = {"parameters": {f"a_long_name_{number}": number / 7 for number in range(20)}}
    models = [{**LEADERBOARD["models"][0], "settings": settings}] * 30
    lines = leaderboard_lines({**LEADERBOARD, "models": models})
    assert lines[-2] == "and 22 more: --json lists all"
    assert len(lines) == 12
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("changes", "cuts", "line"),
    [
        ({}, ("", "1 of 5 strengths"), "linear (1 of 5 strengths)"),
        ({}, ("37 of at most 300 rounds", ""), "trees (37 of at most 300 rounds)"),
        ({"cut": "one split in place of 5 folds", "folds": 0}, ("", ""), "one split in place of 5 folds"),
        ({"exported_folds": 3, "exported_rows": 900}, ("", ""), "3 of 5 folds exported (900 rows)"),
    ],
)
def test_what_the_time_limit_cut_short_is_one_line(changes, cuts, line):
    models = [{**model, "cut": cut} for model, cut in zip(LEADERBOARD["models"], cuts, strict=True)]
    whole = {"cut": "", "exported_folds": 5, "exported_rows": 1500}
    lines = leaderboard_lines({**LEADERBOARD, **whole, "models": models, **changes})
    assert lines[-1] == f"Cut short by the time limit: {line}"
    assert [each for each in lines if "Cut short" in each] == lines[-1:]


def test_models_of_one_family_that_were_cut_short_are_counted():
    cuts = ("", "1 of at most 2 rounds", "1 of at most 3 rounds")
    models = [{**LEADERBOARD["models"][0], "cut": cut} for cut in cuts]
    assert leaderboard_lines({**LEADERBOARD, "models": models})[-1] == "Cut short by the time limit: 2 of 3 trees"
