"""Proposed formats: a line for each column that needs one, and the texts that then count as missing."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.config.loading import load
from penstock.proposal.formats import propose_formats
from penstock.proposal.initial import propose_files
from penstock.tables.input import Input
from penstock.tables.source import open_table
from pipeline.preflight import check_inputs

COUNT = 200


def proposed(tmp_path, values, name="c", *, query=None):
    source = tmp_path / "rows.csv"
    quote = '"{}"'.format
    source.write_text("\n".join([f"{name},n", *(f"{quote(value)},{place}" for place, value in enumerate(values))]))
    with open_table(Input(str(source), query)) as table:
        return propose_formats(table)


def cycled(*values):
    return [values[place % len(values)] for place in range(COUNT)]


@pytest.mark.parametrize(
    "values",
    [
        cycled("1", "2", "NA"),
        cycled("1.5", "2"),
        cycled("yes", "no"),
        cycled("2021-12-31"),
        cycled("9:15", "10:20:30"),
        cycled("a", "b"),
        [f"{place:05}" for place in range(COUNT)],
        [f"{place:05}" if place % 90 else "A" for place in range(COUNT)],
    ],
)
def test_what_is_written_plainly_needs_no_word(tmp_path, values):
    found = proposed(tmp_path, values)
    assert (found.formats, found.missing, found.notes) == ({}, {}, {})


@pytest.mark.parametrize(
    ("values", "form", "note"),
    [
        (cycled("$1,234.50", "$2.00"), "$1,234.5", "all of 200 values"),
        (cycled("31/12/2021", "02/05/2021"), "%d/%m/%Y", "all of 200 values"),
        (cycled("02/05/2021"), "%m/%d/%Y", "Ambiguous: .* could also be '%d/%m/%Y'; the month comes first"),
        (cycled("1,234", "2,500"), "1,234.5", "Ambiguous: .* could also be '1234,5'"),
    ],
)
def test_what_is_not_plain_gets_a_line_with_its_evidence(tmp_path, values, form, note):
    found = proposed(tmp_path, values)
    assert found.formats == {"c": form}
    assert re.search(note, found.notes["c"])


def test_a_few_values_that_are_written_otherwise_are_listed_as_missing(tmp_path):
    values = [f"{1 + place % 28}.12.2021" for place in range(COUNT)]
    values[0], values[70], values[71] = "soon", "31.31.2021", "soon"
    found = proposed(tmp_path, values)
    assert found.formats == {"c": "%d.%m.%Y"}
    assert found.missing == {"c": ("31.31.2021", "soon")}
    assert "197 of 200 values" in found.notes["c"]
    with open_table(Input(str(tmp_path / "rows.csv"), formats=found.formats, missing=found.missing)) as table:
        assert table.select("count(c)")[0] == (197,)
        assert table.column("c").type == "DATE"


def test_many_values_that_are_written_otherwise_leave_the_column_as_text(tmp_path):
    found = proposed(tmp_path, [str(place) if place % 10 else f"word {place}" for place in range(COUNT)])
    assert found.formats == {}


@pytest.mark.parametrize(
    ("name", "first", "step", "form"),
    [
        ("created_at", 1_500_000_000, 1, "epoch_seconds"),
        ("created_at", 1_500_000_000_000, 1000, "epoch_milliseconds"),
        ("created_at", 1_500_000_000_000_000, 1, "epoch_microseconds"),
        ("amount", 1_500_000_000_000, 1000, None),
        ("day", 20210101, 0, None),
        ("date", 20210101, 0, "%Y%m%d"),
    ],
)
def test_whole_numbers_that_count_time_are_detected_by_name_and_range(tmp_path, name, first, step, form):
    found = proposed(tmp_path, [str(first + step * place) for place in range(COUNT)], name)
    assert found.formats.get(name) == form


def test_days_in_digits_are_detected_if_all_of_many_values_are_dates_whatever_the_name(tmp_path):
    days = [str(20210101 + 100 * (place % 12) + place % 28) for place in range(COUNT)]
    assert proposed(tmp_path, days).formats == {"c": "%Y%m%d"}
    assert proposed(tmp_path, [*days, "20210230"]).formats == {}


def test_codes_as_fractions_are_whole_numbers(tmp_path):
    assert proposed(tmp_path, cycled("1.0", "2.0", ""), "plan_id").formats == {"plan_id": "integer"}
    assert proposed(tmp_path, cycled("1.0", "2.5"), "plan_id").formats == {}


def test_with_a_query_only_what_is_ambiguous_gets_a_line(tmp_path):
    query = "SELECT * FROM source"
    assert proposed(tmp_path, cycled("$1.50", "$2.00"), query=query).formats == {}
    assert proposed(tmp_path, cycled("02/05/2021"), query=query).formats == {"c": "%m/%d/%Y"}


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([str(place) for place in range(COUNT)], "integer"),
        (cycled("1", "2", "3"), None),
        (cycled("1.5", "2.5", "3.5", "NA"), "number"),
        (cycled("2021-01-01", "2021-01-02", "2021-01-03"), "date"),
        (cycled("yes", "no"), None),
        (cycled("red", "blue"), None),
    ],
)
def test_text_in_a_file_with_types_is_read_otherwise_where_it_is_worth_it(tmp_path, values, form):
    pq.write_table(pa.table({"c": values}), tmp_path / "rows.parquet")
    with open_table(str(tmp_path / "rows.parquet")) as table:
        assert propose_formats(table).formats.get("c") == form


def test_a_folder_of_partitions_is_proposed_with_its_keys_as_columns(tmp_path):
    for year in (2020, 2021):
        folder = tmp_path / "trips" / f"year={year}"
        folder.mkdir(parents=True)
        rows = [f"{number},{number * year % 3 % 2}" for number in range(100)]
        (folder / "rows.csv").write_text("\n".join(["x,label", *rows]))
    propose_files(str(tmp_path / "trips"), "label", config=tmp_path / "pipeline.toml", check=check_inputs)
    config = load(tmp_path / "pipeline.toml", environment={})
    assert config.data.partitions
    assert config.features == {"x": "numeric", "year": "numeric"}
