"""A snapshot of a database: one file with common types, written completely or not at all."""

import errno
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core import marked_folders
from penstock.core.errors import DataError
from penstock.core.files import discard_folder
from penstock.core.marked_folders import MARK
from penstock.tables.databases import snapshot
from penstock.tables.databases.database import BATCH, BYTES
from penstock.tables.databases.snapshot import snapshot_files, take
from penstock.tables.input import Input


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "taxi.rows"


def taken(source, folder):
    take(source, folder)
    return pq.read_table(snapshot_files(source, folder).paths[0])


def sqlite(tmp_path, *rows):
    file = tmp_path / "rows.sqlite"
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE trips (n, x)")
        connection.executemany("INSERT INTO trips VALUES (?, ?)", rows)
    connection.close()
    return Input(f"sqlite:///{file}", table="trips")


LATE = f"SELECT CASE WHEN g > {BATCH} THEN {{}} END AS v FROM generate_series(1, {2 * BATCH + 1}) AS g"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("'x'", pa.string()),
        ("g", pa.int64()),
        ("g::numeric / 2", pa.float64()),
        ("CASE WHEN g % 2 = 0 THEN ARRAY[]::int[] ELSE ARRAY[g] END", pa.list_(pa.int64())),
        ("now()", pa.timestamp("us", "UTC")),
        ("NULL::int", pa.null()),
    ],
)
def test_a_first_batch_without_values_fixes_no_type(postgresql, folder, value, kind):
    rows = taken(Input(postgresql.url, LATE.format(value)), folder)
    assert (rows.num_rows, rows.schema.field("v").type) == (2 * BATCH + 1, kind)
    assert rows.column(0).null_count == (BATCH if value != "NULL::int" else rows.num_rows)
    assert sorted(path.name for path in folder.iterdir()) == [MARK, "digest", "rows.parquet"]


def test_a_column_that_becomes_wider_and_wider_is_read_with_its_widest_type(tmp_path, folder):
    rows = [(number, None) for number in range(BATCH)]
    rows += [(number / 2, 1) for number in range(BATCH)]
    rows += [(2**53 + 1, 0.5), (None, None)]
    found = taken(sqlite(tmp_path, *rows), folder)
    assert found.schema.types == [pa.float64(), pa.float64()]
    assert found.num_rows == 2 * BATCH + 2
    assert found.column("n")[2 * BATCH].as_py() == 2.0**53
    assert found.column("n")[3].as_py() == 3.0


@pytest.mark.slow
def test_wide_rows_are_put_together_a_batch_at_a_time_where_a_type_grows(postgresql, folder):
    query = (
        "SELECT n, CASE WHEN n > 2000 THEN n + 0.5::float8 ELSE NULL END AS late, lpad(n::text, 20000, '0') AS text "
        "FROM generate_series(1, 3000) AS n"
    )
    source = Input(postgresql.url, query)
    take(source, folder)
    found = pq.read_metadata(snapshot_files(source, folder).paths[0])
    groups = [found.row_group(number).num_rows for number in range(found.num_row_groups)]
    assert sum(groups) == 3000
    assert max(groups) * 20_000 < 1.1 * BYTES


def test_the_digest_is_that_of_the_rows_in_any_order(tmp_path, folder):
    digests = []
    for rows in ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], [(2, "b"), (1, "c")]):
        source = sqlite(tmp_path, *rows)
        take(source, folder)
        digests.append(snapshot_files(source, folder).digest)
    assert digests[0] == digests[1] != digests[2]
    assert len(digests[0]) == 64


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT n FROM generate_series(1, 0) AS n", ["at least one row, received none", "correct data.query"]),
        ("SELECT INTERVAL '1 day' AS d", ["the column 'd' of the query over", "duration", "leave it out"]),
        ("SELECT ARRAY[[1, 2], [3, 4]] AS m", ["the column 'm'", "list", "leave it out"]),
        (LATE.format("g").replace("END", "ELSE 1 END") + " UNION ALL SELECT 1 / 0", ["division by zero"]),
        (
            f"SELECT (CASE WHEN g > {BATCH} THEN '1' ELSE '[]' END)::jsonb AS j FROM generate_series(1, 20000) AS g",
            [
                f"row {BATCH + 1:,} of",
                "the column 'j': expected lists",
                "received 1 (numbers); cast it to one type in data",
            ],
        ),
    ],
)
def test_rows_that_cannot_be_stored_leave_nothing(postgresql, folder, query, words):
    with pytest.raises(DataError) as refused:
        take(Input(postgresql.url, query), folder)
    for word in words:
        assert word in str(refused.value)
    assert "\n" not in str(refused.value)
    assert list(folder.parent.iterdir()) == []


def test_a_connection_that_is_cut_midway_leaves_nothing(postgresql, folder, monkeypatch):
    def cut_after_the_first(source):
        for number, batch in enumerate(read(source)):
            if number == 1:
                postgresql.cut()
            yield batch

    read = snapshot.database.read
    monkeypatch.setattr(snapshot.database, "read", cut_after_the_first)
    source = Input(postgresql.url, "SELECT g, repeat('x', 100) AS t FROM generate_series(1, 500000) AS g")
    with pytest.raises(DataError, match="expected a stable connection, received .*; run again"):
        take(source, folder)
    assert list(folder.parent.iterdir()) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, folder, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(
        DataError, match="the table trips of sqlite:.*space for a copy.*No space left on device; look at"
    ):
        take(sqlite(tmp_path, (1, 2)), folder)
    assert list(folder.parent.iterdir()) == []


def test_an_old_snapshot_and_what_a_killed_process_left_are_replaced(tmp_path, folder):
    source = sqlite(tmp_path, (1, 2))
    for old in (folder, folder.with_name(".taxi.rows.writing")):
        marked_folders.make(old)
        (old / "part-7.parquet").touch()
    assert taken(source, folder).num_rows == 1
    assert [path.name for path in folder.parent.iterdir()] == ["taxi.rows"]
    discard_folder(folder)
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["taxi.rows", ".taxi.rows.writing"])
@pytest.mark.parametrize("is_link", [False, True])
def test_a_folder_of_the_user_with_the_name_of_a_snapshot_is_kept_and_is_an_error(tmp_path, folder, name, is_link):
    notes = tmp_path / "notes"
    place = folder.with_name(name)
    place.parent.mkdir(parents=True)
    (notes if is_link else place).mkdir()
    (notes if is_link else place).joinpath("notes.txt").write_text("mine")
    if is_link:
        place.symlink_to(notes)
    message = rf"{name}: expected none, or one that Penstock made, .*change state\.directory"
    with pytest.raises(DataError, match=message):
        take(sqlite(tmp_path, (1, 2)), folder)
    discard_folder(folder)
    assert (place / "notes.txt").read_text() == "mine"
    assert [path.name for path in folder.parent.iterdir()] == [name]
