"""The comparison of logged requests as lines, at most 80 columns wide."""

from pathlib import Path

from penstock.serving.requests.files import LogFile
from penstock.serving.requests.predictions import Predictions
from pipeline.cli.text.columns import cells
from pipeline.cli.text.traffic import lines
from pipeline.schema.traffic_report import ColumnTraffic, TextTraffic, VersionTraffic

FILE = LogFile(Path("a.parquet"), "taxi", "serving_default", 0.1, frozenset(), frozenset(), ())
MILES = ColumnTraffic("trip_miles", "Jensen-Shannon", 0.43, 0.2, 0.25, 0.01, 0.1, passed=False)
ZONE = ColumnTraffic("zone", "L-infinity", 0.02, 0.1, 0.0, 0.0, 0.1, ("36", "45"), 7)
COMPANY = ColumnTraffic("company", reason="hashed")
FARE = ColumnTraffic("fare", None, None, 0.1, 1.0, 0.0, 0.1, passed=False, reason="no value in the log")


def version(*columns, reason="", predictions=(), rows=3000, requests=3, others=0):
    times = "2026-11-29 15:30:11.3+00:00", "2026-11-29 15:31:23+00:00"
    return VersionTraffic(2, rows + others, rows, requests, *times, ("serving_default",), reason, columns, predictions)


def shown(*found):
    result = lines([FILE], found)
    assert max(map(cells, result)) <= 80
    return result


def test_columns_above_a_threshold_come_first_and_others_say_why_they_are_not_compared():
    predictions = [
        Predictions("probability", 3000, 0.2183, tuple(number / 10 for number in range(1, 10)), 0.2272),
        Predictions("label", 3000, shares={"b": 0.7, "a": 0.3}, label_shares={"b": 0.5}),
    ]
    assert shown(version(MILES, FARE, ZONE, COMPANY, predictions=predictions)) == [
        "1 file of requests to taxi, of which the share 0.1 was logged",
        "",
        "Version 2: 3,000 rows of 3 requests",
        "From 2026-11-29 15:30:11 to 2026-11-29 15:31:23 UTC, serving_default",
        "2 of 3 columns above a threshold",
        "Column      Measure         Distance  At most  Missing  In training",
        "trip_miles  Jensen-Shannon      0.43      0.2    25.0%         1.0%  drifted",
        "fare        -                      -      0.1   100.0%         0.0%  drifted",
        "zone        L-infinity          0.02      0.1     0.0%         0.0%",
        "New in zone: '36', '45' (7 of 3,000 rows)",
        "Not compared, no value in the log: fare",
        "Not compared, hashed: company",
        "Predictions probability: mean 0.2183; the label in training: 0.2272",
        "  10 %, 50 %, 90 %: 0.1, 0.5, 0.9",
        "Predictions label: b 70.0%; in training 50.0%",
        "Predictions label: a 30.0%; in training 0.0%",
    ]


def test_version_that_is_not_compared_says_why():
    found = version(reason="/models/taxi/2 is not there", rows=1, requests=1)
    assert shown(found)[2:] == [
        "Version 2: 1 row of 1 request",
        "From 2026-11-29 15:30:11 to 2026-11-29 15:31:23 UTC, serving_default",
        "Not compared with its training data: /models/taxi/2 is not there.",
    ]


def test_rows_with_other_inputs_are_counted():
    found = shown(version(ZONE, others=5))
    assert found[2] == "Version 2: 3,005 rows of 3 requests"
    assert found[4] == "5 rows have other inputs than the training data and are not compared"
    assert found[-1] == "New in zone: '36', '45' (7 of 3,000 rows)"


def test_many_columns_are_cut():
    many = [ColumnTraffic(f"column_{number}", "L-infinity", 0.0, 0.1, 0.0, 0.0, 0.1) for number in range(30)]
    assert "and 5 more: --json lists all" in shown(version(*many))


def test_predictions_that_are_all_infinite_have_no_deciles():
    assert shown(version(ZONE, predictions=[Predictions("y", 3)]))[-1] == "New in zone: '36', '45' (7 of 3,000 rows)"


def test_texts_are_described_by_counts_and_lengths():
    text = TextTraffic(201, 100, 31.25, 15, 0.5, 0.01)
    review = ColumnTraffic("a review\n of a ride", "L-infinity", 0.49, 0.1, 0, 0, 0.1, (), 400, text, passed=False)
    assert shown(version(review))[-3:] == [
        "Texts of a review\\u000a of a ride: 201 different (in training 100), mean length",
        "  31 bytes (in training 15), the most frequent one 50.0% (in training 1.0%), new",
        "  in 400 of 3,000 rows",
    ]
    none = ColumnTraffic("b", "L-infinity", 0.0, 0.1, 0, 0, 0.1, text=TextTraffic(5, 6, 1, 2))
    assert shown(version(none))[-1] == "Texts of b: 5 different (in training 6), mean length 1 bytes (in training 2)"
