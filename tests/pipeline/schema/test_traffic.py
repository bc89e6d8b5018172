"""Logged requests compared with the training data of their version: what drifted, is missing, new or not compared."""

import random

import numpy as np
import pyarrow as pa
import pytest

from penstock.serving.requests.files import find
from penstock.versions.record import STATISTICS
from tests.metadata_store import configuration
from tests.penstock.serving.requests.logs import answer, write_log

pytestmark = pytest.mark.slow

TEXT = """
name = "m"
[data]
source = "rows.csv"
label = "tip"
[features]
miles = "numeric"
zone = "categorical"
"pay ment" = "categorical"
[evaluation]
metric = "auc"
min = 0.9
[push]
directory = "models"
[drift.columns]
zone = 0.3
"""


def drawn(count, seed, miles=5.0, payments=("cash", "card")):
    draw = random.Random(seed)
    return {
        "miles": [draw.gauss(miles, 1) for _ in range(count)],
        "zone": [draw.choice([1, 2, 3]) for _ in range(count)],
        "pay ment": [draw.choice(payments) for _ in range(count)],
    }


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A configuration with version 1, which has statistics of its training data, and 2, which has none."""
    from pipeline.schema.statistics import Accumulator

    folder = tmp_path_factory.mktemp("project")
    config = configuration(folder, text=TEXT)
    rows = {**drawn(2000, 1), "tip": [int(number % 5 == 0) for number in range(2000)]}
    rows["miles"][:100] = [None] * 100
    accumulator = Accumulator(config.categories)
    accumulator.add(pa.RecordBatch.from_pydict(rows))
    file = folder / "models" / "1" / STATISTICS
    file.parent.mkdir(parents=True)
    file.write_bytes(accumulator.result().SerializeToString())
    (folder / "models" / "2").mkdir()
    return config


def sent(rows, **options):
    """Return a request with rows, as the signature of the model takes them."""
    columns = {"miles": rows["miles"], "zone": np.array(rows["zone"], np.float64), "pay_ment": rows["pay ment"]}
    return answer(**columns, **options)


def compared(config, folder, *answers, version=None, **options):
    from pipeline.schema.traffic import compare

    return compare(config, find(write_log(folder, *answers, **options)), version)


def by_column(found):
    return {each.column: each for each in found.columns}


def test_requests_like_training_data_have_not_drifted(config, tmp_path):
    [found] = compared(config, tmp_path, sent(drawn(400, 2), request="a"), sent(drawn(400, 3), request="b"))
    assert (found.version, found.rows, found.requests, found.reason, found.beyond) == (1, 800, 2, "", ())
    columns = by_column(found)
    assert set(columns) == {"miles", "zone", "pay ment"}
    assert [columns[name].measure for name in ("miles", "zone", "pay ment")] == ["Jensen-Shannon"] + ["L-infinity"] * 2
    assert max(each.distance for each in columns.values()) < 0.1
    assert [columns[name].threshold for name in ("miles", "zone", "pay ment")] == [0.2, 0.3, 0.1]
    assert columns["miles"].missing_in_training == pytest.approx(0.05)
    [predictions] = found.predictions
    assert (predictions.output, predictions.mean, predictions.label_mean) == ("probability", 0, 0.2)


def test_columns_that_moved_are_above_their_thresholds(config, tmp_path):
    [found] = compared(config, tmp_path, sent(drawn(400, 2, miles=9.0, payments=("cash", "coin"))))
    assert sorted(each.column for each in found.beyond) == ["miles", "pay ment"]
    payment = by_column(found)["pay ment"]
    assert (payment.new_values, payment.distance) == (("coin",), pytest.approx(0.5, abs=0.1))
    assert 150 < payment.new_rows < 250


def test_column_that_clients_do_not_send_any_more_is_above_its_threshold(config, tmp_path):
    rows = drawn(400, 2)
    rows["miles"] = [float("nan")] * 400
    rows["pay ment"] = [""] * 200 + rows["pay ment"][200:]
    [found] = compared(config, tmp_path, sent(rows))
    columns = by_column(found)
    assert sorted(each.column for each in found.beyond) == ["miles", "pay ment"]
    assert (columns["miles"].missing, columns["miles"].distance) == (1, None)
    assert columns["miles"].reason == "no value in the log"
    assert columns["pay ment"].missing == 0.5
    assert columns["pay ment"].distance < 0.1


def test_hashed_and_left_out_columns_are_not_compared_and_named(config, tmp_path):
    options = {"hashed": frozenset({"pay_ment"}), "without": frozenset({"zone"}), "key": b"0123456789abcdef"}
    [found] = compared(config, tmp_path, sent(drawn(400, 2)), **options)
    assert {each.column: each.reason for each in found.columns} == {
        "miles": "",
        "pay ment": "hashed",
        "zone": "not in the log",
    }


def test_versions_are_compared_each_with_its_own_training_data(config, tmp_path):
    answers = [sent(drawn(200, seed), version=version) for seed, version in enumerate((1, 2, 7))]
    found = compared(config, tmp_path, *answers)
    assert [each.version for each in found] == [7, 2, 1]
    assert [each.reason.split("models/")[-1] for each in found] == [
        "7 is not there",
        "2 has no statistics of its training data",
        "",
    ]
    assert [each.version for each in compared(config, tmp_path / "again", *answers, version=1)] == [1]


def test_rows_of_a_signature_with_other_inputs_are_not_missing_values(config, tmp_path):
    packed = answer(floats=np.zeros((500, 2)), texts=["a"] * 500, signature="packed")
    [found] = compared(config, tmp_path, sent(drawn(400, 2)), packed)
    assert (found.rows, found.compared_rows, found.beyond) == (900, 400, ())
    assert by_column(found)["zone"].missing == 0
    [none] = compared(config, tmp_path / "packed", packed)
    assert none.reason == "no column of its training data is in the log"


def test_few_rows_are_not_judged(config, tmp_path):
    [found] = compared(config, tmp_path, sent(drawn(99, 1, miles=50.0)))
    assert (found.reason, found.columns, found.rows) == ("fewer than 100 rows", (), 99)


def test_request_with_examples_is_compared_too(config, tmp_path):
    from tensorflow.train import BytesList, Example, Feature, Features, FloatList, Int64List

    rows = drawn(300, 4)
    texts = [
        Example(
            features=Features(
                feature={
                    "miles": Feature(float_list=FloatList(value=[rows["miles"][number]])),
                    "zone": Feature(int64_list=Int64List(value=[rows["zone"][number]])),
                    "pay ment": Feature(bytes_list=BytesList(value=[rows["pay ment"][number].encode()])),
                }
            )
        ).SerializeToString()
        for number in range(300)
    ]
    [found] = compared(config, tmp_path, answer(examples=np.array(texts, object), signature="serve_tf_examples"))
    assert len(found.compared) == 3
    assert found.beyond == ()


REVIEWS = TEXT.replace("miles =", 'review = "text"\nmiles =')
SECRET = "My name is Ada Lovelace and I live at 12 St James Square"


def reviewed(folder, trained, sent_texts):
    """Return the comparison of requests with reviews and payments, with a version that was trained on others."""
    from pipeline.schema.statistics import Accumulator

    config = configuration(folder, text=REVIEWS)
    accumulator = Accumulator(config.categories)
    rows = {**drawn(len(trained), 1), "review": trained, "tip": [0] * len(trained)}
    accumulator.add(pa.RecordBatch.from_pydict(rows))
    file = folder / "models" / "1" / STATISTICS
    file.parent.mkdir(parents=True)
    file.write_bytes(accumulator.result().SerializeToString())
    request = drawn(len(sent_texts), 2)
    columns = {"miles": request["miles"], "zone": np.array(request["zone"], np.float64), "review": sent_texts}
    payments = ["ada@example.org", "+44 20 7946 0958", "x" * 200, "coin"] * (len(sent_texts) // 4)
    [found] = compared(config, folder / "log", answer(**columns, pay_ment=payments))
    return found


def test_free_texts_are_counted_and_measured_and_never_shown(tmp_path):
    from pipeline.cli.text.traffic import lines

    trained = [f"ride number {number % 100:03}" for number in range(400)]
    found = reviewed(tmp_path, trained, [f"{SECRET} {number}" for number in range(200)] + ["ok"] * 200)
    review = by_column(found)["review"]
    assert (review.new_values, review.new_rows) == ((), 400)
    assert (review.text.different, review.text.different_in_training) == (201, 100)
    lengths = [len(f"{SECRET} {number}") for number in range(200)] + [2] * 200
    assert review.text.length == pytest.approx(sum(lengths) / 400, rel=1e-4)
    assert review.text.length_in_training == len(trained[0])
    assert (review.text.most_frequent, review.text.most_frequent_in_training) == (0.5, 0.01)
    assert not review.passed
    shown = "\n".join(lines(find(tmp_path / "log"), [found]))
    assert "Ada" not in shown + repr(found)
    assert "201 different (in training 100)" in shown


def test_new_categories_are_shortened_and_identifiers_have_their_form_only(tmp_path):
    found = reviewed(tmp_path, ["fine"] * 200, ["fine"] * 400)
    payment = by_column(found)["pay ment"]
    assert sorted(payment.new_values) == ["+00 00 0000 0000", "coin", "xxx@xxxxxxx.xxx", "x" * 37 + "..."]
    assert payment.text is None


def test_more_different_texts_than_training_data_lists_have_no_new_rows(tmp_path):
    found = reviewed(tmp_path, [f"text {number}" for number in range(1500)], [f"other {n}" for n in range(400)])
    review = by_column(found)["review"]
    assert (review.new_rows, review.text.different, review.text.different_in_training) == (0, 400, 1500)
