"""`make predict`: the request that it sends, and what it says if there is nobody to answer."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.request import instance, sampled

PROJECT = Path(__file__).resolve().parent.parent


def test_row_has_the_inputs_of_the_model_in_their_types():
    row = {"tips": "1", "company": "Sun", "fare": "7.5", "seats": "4", "miles": ""}
    inputs = {"company": "DT_STRING", "fare": "DT_FLOAT", "seats": "DT_INT64", "miles": "DT_DOUBLE"}
    found = instance(row, inputs)
    assert list(found) == list(inputs)
    assert math.isnan(found.pop("miles"))
    assert found == {"company": "Sun", "fare": 7.5, "seats": 4}


@pytest.mark.parametrize(("row", "inputs"), [({}, {"fare": "DT_FLOAT"}), ({"fare": "much"}, {"fare": "DT_FLOAT"})])
def test_row_without_an_input_or_with_text_for_a_number_is_refused(row, inputs):
    with pytest.raises((KeyError, ValueError)):
        instance(row, inputs)


@pytest.mark.slow
def test_another_seed_gives_another_row(tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("n\n" + "".join(f"{number}\n" for number in range(100)))
    assert sampled(table, 1) != sampled(table, 2)


@pytest.mark.slow
def test_model_that_nobody_serves_is_named_in_one_sentence(tmp_path):
    (tmp_path / "rows.csv").write_text("n\n1\n")
    command = [sys.executable, "scripts/request.py", "http://127.0.0.1:9/v1/models/taxi", str(tmp_path / "rows.csv")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("penstock: expected a model at http://127.0.0.1:9/v1/models/taxi, received ")
    assert done.stderr.endswith("; start `penstock serve`.\n")
