"""Proposals for tables: leaks, thresholds, slices and warnings."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.proposal.label_options import parse_options
from penstock.proposal.proposal import column_spellings, label_spellings, propose, threshold_of
from penstock.proposal.quick_model import QuickScores
from penstock.proposal.roles import Choice
from penstock.proposal.task import choose_task
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.spellings import MAX_DISTINCT
from tests.penstock.proposal.proposals import label, text

DRAW = np.random.default_rng(5)
ROWS = 600
X = DRAW.normal(size=ROWS)
COLOR = DRAW.choice(["red", "green", "blue"], ROWS)
BOUGHT = X + DRAW.normal(size=ROWS) > 1


def proposed(folder, *, weight=None, options=None, **columns):
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    source = Input(str(folder / "rows.parquet"))
    with open_table(source) as table:
        return propose(table, source, "label", weight=weight, options=options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "leak", "measure"),
    [
        (BOUGHT, BOUGHT * 3.5, "AUC 1.000"),
        (np.digitize(X, [-1, 1]), np.digitize(X, [-1, 1]) * 1.5, "gain of accuracy 1.000"),
        (X * 10, 5 - X, "R2 1.000"),
        (BOUGHT, np.where(BOUGHT, "paid", "open"), "AUC 1.000"),
        (BOUGHT, [f"note {n}: {'approved' if yes else 'rejected'} today" for n, yes in enumerate(BOUGHT)], "AUC 1.000"),
    ],
)
def test_a_column_that_leaks_the_label_is_left_out_with_the_figure(tmp_path, label, leak, measure):
    found = proposed(tmp_path, leak=leak, color=COLOR, label=label)
    [choice] = found.left_out
    assert choice.column == "leak"
    assert choice.alternative_role
    assert choice.score >= 0.99
    assert f"leaks the label: {measure} alone" in choice.reason
    assert any("'leak' leaks the label" in warning for warning in found.warnings)


def test_a_column_that_leaks_the_label_stays_where_nothing_else_is_left(tmp_path):
    found = proposed(tmp_path, leak=BOUGHT * 3.5, label=BOUGHT)
    assert [choice.column for choice in found.features] == ["leak"]
    assert any("'leak' leaks the label" in warning for warning in found.warnings)


def test_text_alone_bounds_the_threshold(tmp_path):
    notes = [f"offer {n} of a {'castle' if x > 0 else 'hut'}" for n, x in enumerate(X)]
    found = proposed(tmp_path, note=notes, label=X + 3)
    assert found.quick_scores.quick < found.threshold < found.quick_scores.constant
    small = proposed(tmp_path, note=notes[:8], label=X[:8] + 3)
    assert small.quick_scores.quick is None
    assert small.threshold == pytest.approx(X[:8].std() * 1.02, rel=0.01)
    assert any("the threshold is that of a constant" in warning for warning in small.warnings)


def test_few_rows_are_not_enough_to_leave_a_column_out(tmp_path):
    found = proposed(tmp_path, x=X[:40], color=COLOR[:40], label=X[:40] > 0)
    assert {choice.column for choice in found.features} == {"x", "color"}
    assert any("'x' leaks the label" in warning for warning in found.warnings)


@pytest.mark.slow
def test_a_threshold_lies_between_the_constant_and_the_quick_model(tmp_path):
    found = proposed(tmp_path, x=X, color=COLOR, label=BOUGHT)
    assert (found.metric, found.slices) == ("auc", ("color",))
    assert found.quick_scores.constant < found.threshold < found.quick_scores.quick
    found = proposed(tmp_path, x=X, color=COLOR, label=X + DRAW.normal(size=ROWS))
    assert (found.metric, found.slices) == ("rmse", ("color",))
    assert found.quick_scores.quick < found.threshold < found.quick_scores.constant


@pytest.mark.parametrize(
    ("metric", "scores", "threshold"),
    [
        ("auc", QuickScores(0.5, 0.9, 200, 0.03), 0.858),
        ("auc", QuickScores(0.5, 0.6, 200, 0.3), 0.5),
        ("auc", QuickScores(0.5, 0.9, 30), 0.6),
        ("auc", QuickScores(0.5, 0.4, 200, 0.03), 0.5),
        ("rmse", QuickScores(10.0, 2.0, 200, 0.25), 2.35),
        ("rmse", QuickScores(10.0, 20.0, 200, 1.0), 10.0),
        ("rmse", QuickScores(0.0, 0.0, 200), 1e-30),
        ("rmse", QuickScores(10.0, None, 200), 10.2),
        ("macro_f1", QuickScores(0.5, None, 200), 0.49),
        ("accuracy", None, 0.0),
        ("pinball", QuickScores(10.0, 2.0, 200, 0.25), 2.35),
        ("quadratic_kappa", QuickScores(0.0, 0.8, 200, 0.05), 0.729),
        ("quadratic_kappa", None, -1.0),
        ("tweedie_deviance", None, 1e30),
    ],
)
def test_threshold_is_a_short_number_within_the_sampling_error_of_the_quick_model(metric, scores, threshold):
    found = threshold_of(metric, scores)
    assert found == pytest.approx(threshold, rel=0.01)
    assert len(repr(found)) <= 6


@pytest.mark.slow
@pytest.mark.parametrize(("shares", "metric"), [([0.4, 0.3, 0.3], "accuracy"), ([0.7, 0.2, 0.1], "macro_f1")])
def test_the_metric_of_classes_depends_on_their_balance(tmp_path, shares, metric):
    label = DRAW.choice(["a", "b", "c"], ROWS, p=shares)
    assert proposed(tmp_path, x=X, color=COLOR, label=label).metric == metric


def test_missing_labels_uneven_classes_and_few_rows_give_warnings(tmp_path):
    label = [None, "spam", *["ham"] * 23]
    found = proposed(tmp_path, x=X[:25], color=COLOR[:25], label=label)
    warnings = "\n".join(found.warnings)
    for words in ("1 of 25 rows have no 'label'", "uneven, 23 to 1", "24 rows are few", "To predict the other one"):
        assert words in warnings
    assert "IS NOT NULL" in found.query or "<> ''" in found.query


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "task"),
    [(X.round(9).astype(str), "regression"), (np.where(BOUGHT, "yes", "no"), "binary")],
    ids=["numbers", "words"],
)
def test_rows_whose_label_is_a_mark_are_left_out_and_counted(tmp_path, values, task):
    label = np.where(np.arange(ROWS) % 40 == 7, "NA", values)
    found = proposed(tmp_path, x=X, color=COLOR, label=label)
    assert (found.task.task, found.label.missing) == (task, 15)
    assert "15 of 600 rows have no 'label' ('NA' counts as missing); the query leaves them out." in found.warnings
    with open_table(str(tmp_path / "rows.parquet"), found.query) as table:
        assert table.select("count(*), count(label)") == [(585, 585)]


def test_a_large_table_is_profiled_from_a_sample(tmp_path, monkeypatch):
    monkeypatch.setattr("penstock.proposal.proposal.sample_size", lambda columns: 200)
    found = proposed(tmp_path, x=X, color=COLOR, label=BOUGHT)
    assert (found.is_sampled, found.rows, found.sampled) == (True, ROWS, 200)
    assert found.profiles["x"].low == X.min()


def test_columns_that_differ_only_in_capitals_are_refused(tmp_path):
    with pytest.raises(DataError, match="differ by more than capitals"):
        proposed(tmp_path, x=X, X=X, label=BOUGHT)


CITIES = ["Oslo", "oslo ", "Rome", None, ""]


def reported(array, role="categorical", **facts):
    rows = pa.table({"city": array})
    return list(column_spellings(rows, [Choice("city", role, "")], {"city": text("city", **facts)}, sql=True))


@pytest.mark.parametrize(
    "array",
    [
        pa.chunked_array([CITIES]),
        pa.chunked_array([CITIES[:1], CITIES[1:]]),
        pa.array(CITIES).dictionary_encode(),
        pa.array(CITIES, pa.large_string()),
    ],
)
def test_a_column_of_categories_is_reported_with_a_fix(array):
    [sentence] = reported(array)
    assert "'city' has values that differ in spelling only: 'Oslo' 1, 'oslo ' 1" in sentence
    assert 'lower(trim("city")) AS "city"' in sentence


@pytest.mark.parametrize(("role", "facts"), [("text", {}), ("categorical", {"distinct": MAX_DISTINCT + 1})])
def test_texts_and_columns_of_very_many_values_are_not(role, facts):
    assert reported(pa.array(CITIES), role, **facts) == []


def test_classes_of_several_are_reported_and_of_two_are_one_by_the_query():
    several = label(counts=(("a", 5), ("A", 4), ("b", 3), ("c", 3)))
    assert len(list(label_spellings(several, choose_task(several), sql=True))) == 1
    two = label(counts=(("a", 5), ("A", 4), ("b", 3)))
    assert list(label_spellings(two, choose_task(two), sql=True)) == []


def test_checks_find_personal_data_attributes_suspects_and_label_errors_of_one_table(tmp_path):
    wrong = DRAW.random(ROWS) < 0.05
    label = (X > 0) ^ wrong
    paid = np.where(label, 100 + 50 * np.exp(DRAW.normal(size=ROWS)), DRAW.random(ROWS))
    known = proposed(
        tmp_path,
        label=label,
        x=X,
        mail=[f"user{n % 50}@mail.example" for n in range(ROWS)],
        sex=DRAW.choice(["m", "f"], ROWS),
        paid=paid,
        fee=paid * 0.01 + DRAW.normal(size=ROWS),
    )
    checks = known.checks
    assert [each.column for each in checks.personal] == ["mail"]
    assert [each.column for each in checks.protected] == ["sex"]
    assert [each.column for each in checks.suspects] == ["fee"]
    rows = [each.row - 1 for each in checks.label_errors.errors]
    assert wrong[rows].mean() > 0.8
    assert {choice.column: choice.reason for choice in known.left_out} == {
        "mail": "personal data: e-mail addresses",
        "paid": "leaks the label: AUC 1.000 alone",
    }
    said = "\n".join(known.warnings)
    assert "user" not in said
    for part in (
        "'mail' is personal data",
        "'sex' may be a protected",
        "'fee' may leak",
        "probably have a wrong label",
    ):
        assert part in said


def test_pair_of_columns_that_determines_the_label_is_reported_and_kept(tmp_path):
    fare, total = np.exp(DRAW.normal(size=ROWS)), np.exp(DRAW.normal(size=ROWS))
    known = proposed(tmp_path, label=total - fare, x=X, total=total, fare=fare)
    assert [each.column for each in known.checks.suspects] == ["total", "fare"]
    assert [choice.column for choice in known.choices if choice.role] == ["x", "total", "fare"]
    assert any(
        each.startswith("'total' may leak the label: the label is a sum or difference of it and 'fare', with R2 ")
        for each in known.warnings
    )


def test_honest_rule_of_two_flags_is_no_error_and_both_are_features(tmp_path):
    member, weekend = DRAW.choice(["yes", "no"], ROWS), DRAW.choice(["yes", "no"], ROWS)
    known = proposed(tmp_path, label=(member == "yes") ^ (weekend == "yes"), x=X, member=member, weekend=weekend)
    assert [each.column for each in known.checks.suspects] == ["member", "weekend"]
    assert [choice.column for choice in known.choices if choice.role] == ["x", "member", "weekend"]


OWN = np.random.default_rng(6)


@pytest.mark.slow
def test_weight_is_no_candidate_and_no_section_is_proposed_that_a_run_would_refuse(tmp_path):
    sex = OWN.choice(["F", "M"], ROWS)
    columns = {"x": X, "sex": sex, "age": OWN.integers(18, 80, ROWS), "label": BOUGHT}
    plain = proposed(tmp_path, **columns)
    assert plain.checks.fairness()[0] == "[fairness]"
    # A column that would be a protected attribute by its name and range, if it were no weight.
    found = proposed(tmp_path, weight="age", **columns)
    assert [choice.column for choice in found.choices] == ["x", "sex"]
    assert [each.column for each in found.checks.protected] == ["sex"]
    assert found.checks.fairness() == []
    [warning] = [each for each in found.warnings if "protected attribute" in each]
    assert "by its name: [fairness] takes no weights" in warning


COUNTS = OWN.poisson(np.exp(1 + X))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "metric"),
    [
        ("poisson", "poisson_deviance"),
        ("tweedie=1.2", "tweedie_deviance"),
        ("quantile=0.8", "pinball"),
        ("huber=2", "huber"),
        ("squared", "rmse"),
    ],
)
def test_loss_makes_numbers_a_regression_with_a_threshold_of_that_loss(tmp_path, loss, metric):
    found = proposed(tmp_path, x=X, color=COLOR, label=COUNTS, options=parse_options(loss, None))
    assert (found.task.task, found.metric, found.bound) == ("regression", metric, "max")
    assert found.quick_scores.quick < found.threshold < found.quick_scores.constant


@pytest.mark.slow
def test_order_makes_classes_ordinal_with_a_threshold_of_kappa(tmp_path):
    grades = np.array(["low", "mid", "high"])[np.digitize(X + OWN.normal(size=ROWS) / 3, [-0.5, 0.5])]
    options = parse_options(None, "low,mid,high,top")
    found = proposed(tmp_path, x=X, color=COLOR, label=grades, options=options)
    assert (found.task.task, found.task.order, found.metric) == ("multiclass", options.order, "quadratic_kappa")
    assert [value for value, _ in found.task.classes] == list(options.order)
    assert 0.3 < found.threshold < found.quick_scores.quick
    assert any("No row has the class 'top'" in warning for warning in found.warnings)
