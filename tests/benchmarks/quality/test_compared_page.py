"""The page of the comparison with AutoGluon: the advantage with its interval, the targets and the tables."""

import pytest

from benchmarks.quality import compared_page
from tests.benchmarks.quality.figures import compared_results as results


def test_advantage_is_the_mean_of_the_splits_and_its_interval_does_not_shrink_with_them():
    found = compared_page.advantage([{"advantage": (3.0, 1.0)}, {"advantage": (1.0, 1.0)}, {"error": "none"}])
    assert (found.value, found.interval, found.words) == (2.0, pytest.approx(1.96), "better")
    assert compared_page.advantage([{"error": "none"}]) is None


@pytest.mark.parametrize(("value", "words"), [(0.5, "equal"), (-0.5, "equal"), (2.0, "better"), (-2.0, "worse")])
def test_difference_within_its_interval_is_none(value, words):
    assert compared_page.Advantage(value, 1.0).words == words


def test_targets_count_what_is_worse_beyond_its_interval(tmp_path):
    found = {each.target: (each.value, each.met) for each in compared_page.verdicts(results(tmp_path / "f"), 10.0)}
    assert found == {
        "10 s: tables of 3 on which `auto` is not worse than AutoGluon": (2, False),
        "10 s: tables of 3 on which `auto` is better": (1, False),
        "10 s: median of the gain over AutoGluon, %": (pytest.approx(-5.0), False),
        "10 s: time of scoring, `auto` / AutoGluon: median": (0.05, True),
        "10 s: time of scoring, `auto` / AutoGluon: largest": (0.05, True),
        "10 s: time of scoring, `auto` / HistGradientBoosting: median": (2.0, True),
        "10 s: time of scoring, `auto` / HistGradientBoosting: largest": (2.0, True),
        "10 s: largest `auto` on the disk, MB": (2.0, True),
        "10 s: longest call of `serving_default` for a single row, ms": (1.5, True),
    }


@pytest.mark.parametrize(
    "line",
    [
        "| taxi | 1,500 | AUC ↑ | 0.9500 | 0.9400 | **0.9600** | better | 0.0200 ± 0.0098 "
        "| 5 | 200 | 10 | 30.0 | 2.0 | 4 | 4 |",
        "| diabetes | 1,500 | RMSE ↓ | 61.00 | **50.00** | 55.00 | worse | -5.0000 ± 1.9600 "
        "| 5 | 200 | 10 | 30.0 | 2.0 | 4 | 4 |",
        "| wide, 10 s |  | exit code -9 |",
    ],
)
def test_page_has_each_table_and_what_failed(tmp_path, line):
    assert line in compared_page.render(results(tmp_path / "f"), "").splitlines()


def test_page_says_how_many_splits_the_tables_have_at_each_limit(tmp_path):
    found = results(tmp_path / "f")
    more = [{**each, "repeat": 2} for each in found.find(table="taxi")]
    found.measurements += [*more, *({**each, "limit": 60.0} for each in more)]
    assert "- **Splits** of each table: 1 to 2 in 10 s, 1 in 60 s. Of several" in compared_page.render(found, "")
