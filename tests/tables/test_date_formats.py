"""Dates in several files are read by one format, or refused where they are not written alike."""

import datetime
import gzip

import pytest

from pipeline.errors import DataError
from tables.input import Input
from tables.source import open_table

YEAR_END, SECOND = datetime.date(2021, 12, 31), datetime.date(2021, 1, 2)


def read(folder, quarantine=None):
    with open_table(Input(str(folder), quarantine=quarantine)) as table:
        return [tuple(row.values()) for batch in table.batches() for row in batch.to_pylist()]


def write(folder, *texts, packed=False):
    for number, text in enumerate(texts, start=1):
        content = text.encode()
        (folder / f"{number}.csv{'.gz' if packed else ''}").write_bytes(gzip.compress(content) if packed else content)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_the_file_that_tells_the_format_tells_it_for_all(tmp_path, packed, turned):
    texts = ["d\n12/31/2021\n", "d\n01/02/2021\n"]
    write(tmp_path, *(reversed(texts) if turned else texts), packed=packed)
    assert read(tmp_path) == ([(SECOND,), (YEAR_END,)] if turned else [(YEAR_END,), (SECOND,)])


def test_a_format_is_told_beside_a_quarantine_too(tmp_path):
    write(tmp_path, "d,n\n12/31/2021,1\n1\n", "d,n\n01/02/2021,1\n")
    assert read(tmp_path, "unused") == [(YEAR_END, 1), (SECOND, 1)]


def test_a_format_of_days_leaves_moments_as_they_are(tmp_path):
    write(tmp_path, "d,t\n12/31/2021,2021-01-01 10:00:00\n", "d,t\n01/02/2021,2021-01-02\n")
    assert read(tmp_path) == [
        (YEAR_END, datetime.datetime(2021, 1, 1, 10)),
        (SECOND, datetime.datetime(2021, 1, 2)),
    ]


def test_moments_have_one_format_too(tmp_path):
    write(tmp_path, "t\n12/31/2021 10:00:00 PM\n", "t\n01/02/2021 10:00:00 AM\n")
    assert read(tmp_path) == [(datetime.datetime(2021, 12, 31, 22),), (datetime.datetime(2021, 1, 2, 10),)]


def test_text_that_looks_like_dates_in_some_files_stays_text(tmp_path):
    write(tmp_path, "d,t\n12/31/2021,2021-01-01\n", "d,t\nx,2021-01-01\n", "d,t\n31/12/2021,2021-01-01\n")
    assert [row[0] for row in read(tmp_path)] == ["12/31/2021", "x", "31/12/2021"]


UNLIKE = {
    "days": (["d\n12/31/2021\n", "d\n31/12/2021\n"], "%m/%d/%Y in 1.csv and %d/%m/%Y in 2.csv"),
    "days, some as in ISO 8601": (["d\n2021-12-31\n", "d\n12/31/2021\n"], "%Y-%m-%d in 1.csv and %m/%d/%Y in 2.csv"),
    "moments": (
        ["t\n2021-12-31 10:00:00\n", "t\n31/12/2021 10:00:00\n"],
        "%Y-%m-%d %H:%M:%S in 1.csv and %d/%m/%Y %H:%M:%S in 2.csv",
    ),
    "moments beside text that looks like days": (
        [
            "u,t\n12/31/2021,2021-12-31 10:00:00\n",
            "u,t\n31/12/2021,31/12/2021 10:00:00\n",
            "u,t\nx,2021-12-31 10:00:00\n",
        ],
        "%Y-%m-%d %H:%M:%S in 1.csv and %d/%m/%Y %H:%M:%S in 2.csv",
    ),
    "what two formats fit": (
        ["u,d\n12/31/2021,01/02/2021\n", "u,d\n31/12/2021,01/02/2021\n", "u,d\nx,01/02/2021\n"],
        "%m/%d/%Y in 1.csv and %d/%m/%Y in 2.csv",
    ),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_dates_that_are_not_written_alike_are_refused(tmp_path, name):
    texts, received = UNLIKE[name]
    write(tmp_path, *texts)
    with pytest.raises(DataError) as refused:
        read(tmp_path)
    sentence = f"{tmp_path}: expected dates written alike in all files, received {received}; "
    assert str(refused.value) == f"{sentence}write them all as 2021-12-31."
