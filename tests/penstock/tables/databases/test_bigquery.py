"""BigQuery: Google's own clients against a local server that speaks the two protocols, REST and Storage Read over gRPC.

There is no BigQuery here. What these tests show is what Penstock asks for and what it makes of the answers.
"""

import datetime
import decimal

import grpc
import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.tables.databases import bigquery
from penstock.tables.databases.bigquery import read
from penstock.tables.databases.snapshot import snapshot_files, take
from penstock.tables.input import Input
from scripts.ports import free_port

pytestmark = pytest.mark.slow

PROJECT = "penstock-test"
URL = f"bigquery://{PROJECT}/city"
TRIPS = pa.table({"n": range(2500), "t": [f"t{n % 3}" for n in range(2500)]})
TYPES = {
    "i": (pa.array([1, None], pa.int64()), [1, None]),
    "x": (pa.array([0.5, None], pa.float64()), [0.5, None]),
    "b": (pa.array([True, None]), [True, None]),
    "t": (pa.array(["é", None]), ["é", None]),
    "raw": (pa.array([b"\x00", None]), [b"\x00", None]),
    "day": (pa.array([datetime.date(2020, 1, 2), None]), [datetime.date(2020, 1, 2), None]),
    "at": (
        pa.array([datetime.datetime(2020, 1, 2, 3), None], pa.timestamp("us", "UTC")),
        [datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.UTC), None],
    ),
    "numeric": (pa.array([decimal.Decimal("1.5"), None], pa.decimal128(38, 9)), [1.5, None]),
    "bignumeric": (pa.array([decimal.Decimal("2.5"), None], pa.decimal256(76, 38)), [2.5, None]),
    "whole numeric": (pa.array([decimal.Decimal("7"), None], pa.decimal128(38, 9)), [7, None]),
    "long": (pa.array([decimal.Decimal(2**63 - 1)], pa.decimal256(76, 38)), [2**63 - 1]),
    "too long": (pa.array([decimal.Decimal(2**63)], pa.decimal128(38, 9)), [2.0**63]),
    "whole decimals": (pa.array([[decimal.Decimal(3)], []], pa.list_(pa.decimal128(38, 9))), [[3], []]),
    "whole": (pa.array([decimal.Decimal("7"), None], pa.decimal128(18, 0)), [7, None]),
    "tenth": (pa.array([decimal.Decimal("0.1"), None], pa.decimal256(76, 38)), [0.1, None]),
    "decimals": (pa.array([[decimal.Decimal("0.1")], []], pa.list_(pa.decimal128(38, 9))), [[0.1], []]),
    "repeated": (pa.array([[1, 2], []], pa.list_(pa.int64())), [[1, 2], []]),
}


@pytest.fixture
def local(monkeypatch):
    # Google's clients take two seconds to import.
    from tests.bigquery_server import serving

    with serving() as local:
        local.warehouse.tables["city.trips"] = TRIPS
        monkeypatch.setattr(bigquery, "connect", lambda project: local.clients)
        yield local


def rows(source):
    return [row for batch in read(source) for row in batch.to_pylist()]


def kind_of(value):
    return [kind_of(item) for item in value] if isinstance(value, list) else type(value)


def refusal(source):
    with pytest.raises(DataError) as refused:
        rows(source)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("url", "table"),
    [(URL, "trips"), (f"bigquery://{PROJECT}", "city.trips"), ("bigquery://", f"{PROJECT}.city.trips")],
)
def test_a_table_comes_in_batches_through_the_storage_api(local, url, table):
    batches = list(read(Input(url, table=table)))
    assert [batch.num_rows for batch in batches] == [1000, 1000, 500]
    assert pa.Table.from_batches(batches) == TRIPS
    assert local.warehouse.asked == [
        f"GET projects/{PROJECT}/datasets/city/tables/trips",
        "session city.trips",
        "rows from 0",
    ]


def test_a_query_is_rehearsed_and_its_result_comes_through_the_storage_api(local):
    query = "SELECT t, count(*) AS n FROM trips GROUP BY t ORDER BY t"
    assert rows(Input(URL, query)) == [{"t": f"t{n}", "n": [834, 833, 833][n]} for n in range(3)]
    asked = [line for line in local.warehouse.asked if not line.startswith("GET")]
    assert asked[:2] == [f"dry query {query}", f"query {query}"]
    assert asked[2].startswith("session _hidden.anon")


def test_a_view_is_read_by_a_query_because_the_storage_api_reads_none(local):
    local.warehouse.views.add("city.trips")
    assert len(rows(Input(URL, table="trips"))) == 2500
    assert f"query SELECT * FROM `{PROJECT}.city.trips`" in local.warehouse.asked


@pytest.mark.parametrize("name", TYPES)
def test_values_have_their_types_in_the_snapshot(local, tmp_path, name):
    import pyarrow.parquet as pq

    array, values = TYPES[name]
    local.warehouse.tables["city.types"] = pa.table({name: array})
    source = Input(URL, table="types")
    take(source, tmp_path / "rows")
    found = pq.read_table(snapshot_files(source, tmp_path / "rows").paths[0]).column(name).to_pylist()
    assert found == values
    assert list(map(kind_of, found)) == list(map(kind_of, values))


@pytest.mark.parametrize("late", ["numbers", "lists"])
def test_decimals_that_are_whole_at_first_alone_are_floats(local, tmp_path, late):
    import pyarrow.parquet as pq

    values = [*map(decimal.Decimal, range(1500)), decimal.Decimal("0.5")]
    array = pa.array(values, pa.decimal128(38, 9))
    if late == "lists":
        array = pa.array([[value] for value in values], pa.list_(array.type))
    local.warehouse.tables["city.late"] = pa.table({"n": array})
    source = Input(URL, table="late")
    take(source, tmp_path / "rows")
    column = pq.read_table(snapshot_files(source, tmp_path / "rows").paths[0]).column("n")
    assert column.type == (pa.list_(pa.float64()) if late == "lists" else pa.float64())
    found = [value[0] if late == "lists" else value for value in column.to_pylist()]
    assert found == [*map(float, range(1500)), 0.5]


def test_a_broken_stream_resumes_at_its_position(local):
    local.warehouse.breaks = 2
    assert [row["n"] for row in rows(Input(URL, table="trips"))] == list(range(2500))
    assert local.warehouse.asked[-3:] == ["rows from 0", "rows from 1000", "rows from 2000"]


def test_rows_are_streamed_and_not_gathered_first(local):
    local.warehouse.breaks, local.warehouse.breaks_for_good = 1, True
    stream = read(Input(URL, table="trips"))
    # The second message never comes, and the rows of the first are here.
    assert next(stream).num_rows == 1000
    with pytest.raises(DataError, match="the disk of the server is gone"):
        list(stream)


def test_an_empty_table_is_refused(local, tmp_path):
    local.warehouse.tables["city.none"] = TRIPS.slice(0, 0)
    with pytest.raises(DataError, match=f"the table none of {URL}: expected at least one row, received none"):
        take(Input(URL, table="none"), tmp_path / "rows")
    assert list(tmp_path.iterdir()) == []


REFUSED = {
    "no such table": (
        {"table": "trip"},
        f"the table trip of {URL}: expected an existing project, dataset or table, received Not found: Table ",
    ),
    "no permission": (
        {"table": "secret"},
        f"the table secret of {URL}: expected permission to read it, received Access",
    ),
    "no read session": ({"table": "closed"}, "permission to read it, received bigquery.readsessions.create denied"),
    "bad SQL": (
        {"query": "SELECT nn FROM trips"},
        "data.query: expected a table or query that BigQuery can read, received Binder Error",
    ),
    "a statement that writes": ({"query": "DELETE FROM trips"}, "data.query: expected one SELECT, received DELETE"),
    "a script": ({"query": "SELECT 1; DROP TABLE trips"}, "data.query: expected one SELECT, received SCRIPT"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_a_sentence_and_runs_nothing(local, name):
    asked, sentence = REFUSED[name]
    local.warehouse.tables["city.closed"] = TRIPS
    local.warehouse.forbidden |= {"city.secret", "session city.closed"}
    assert sentence in refusal(Input(URL, **asked))
    assert not [line for line in local.warehouse.asked if line.startswith("query")]


def test_a_service_that_does_not_answer_is_given_up(local, monkeypatch):
    from google.cloud import bigquery_storage
    from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

    monkeypatch.setattr(bigquery, "PATIENCE_SECONDS", 0.5)
    channel = grpc.insecure_channel(f"127.0.0.1:{free_port()}")
    deaf = bigquery_storage.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
    monkeypatch.setattr(bigquery, "connect", lambda project: bigquery.Clients(local.clients.rest, deaf))
    said = refusal(Input(URL, table="trips"))
    assert said.startswith(f"{URL}: expected an answer of BigQuery, received ")
    assert said.endswith("; try again.")


def test_missing_credentials_are_a_sentence(monkeypatch, tmp_path):
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    said = refusal(Input(URL, table="trips"))
    assert said.startswith(f"{URL}: expected credentials that Google's libraries find, received ")
    assert said.endswith(
        "run `gcloud auth application-default login`, or name a key in GOOGLE_APPLICATION_CREDENTIALS."
    )
