"""Rows of BigQuery: a table or the result of a query, as the Arrow stream of the Storage Read API.

Google's libraries find the project and the credentials. Errors quote Google's message and add the next step.
"""

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.errors import DataError
from penstock.core.text import shorten
from penstock.tables.input import Input

# The time during which requests to an unavailable service are retried.
PATIENCE_SECONDS = 60.0
_TABLES = ("TABLE", "SNAPSHOT", "CLONE")
_LONGEST = 200


@dataclass(frozen=True)
class Clients:
    """The two clients: HTTP for tables and queries, gRPC for rows."""

    rest: Any
    storage: Any


def connect(project: str | None) -> Clients:
    """Return clients with the credentials that Google's libraries find, and with their project if none is given."""
    from google.cloud import bigquery, bigquery_storage

    rest = bigquery.Client(project=project)
    return Clients(rest, bigquery_storage.BigQueryReadClient(credentials=rest._credentials))


def read(source: Input) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table or of a query in BigQuery's SQL.

    Raises:
        DataError: There are no credentials, no such table, no permission, or the query is wrong.
    """
    _import_quietly()
    project, _, dataset = source.source.partition("://")[2].partition("/")
    with _sentences(source):
        clients = connect(project or None)
        statement = source.query
        place = None if statement else _table(clients, source, dataset)
        if place is not None and place.table_type not in _TABLES:
            # The Storage API does not read views and other relations that are no tables.
            statement = f"SELECT * FROM `{place.project}.{place.dataset_id}.{place.table_id}`"
        if statement:
            place = _answer(clients, statement, f"{clients.rest.project}.{dataset}" if dataset else None)
        yield from _stream(clients, place)


def _import_quietly() -> None:
    """Import Google's libraries without their warnings about the end of support for this version of Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in ("google.cloud.bigquery", "google.cloud.bigquery_storage"):
            importlib.import_module(module)


def _table(clients: Clients, source: Input, dataset: str) -> Any:
    parts = [part for part in (dataset, source.table or "") if part]
    name = source.table or ""
    # The name may have a dataset and a project; otherwise the dataset of the URL is used.
    full = name if "." in name else ".".join(parts)
    if full.count(".") == 1:
        full = f"{clients.rest.project}.{full}"
    return clients.rest.get_table(full, retry=_patience(), timeout=PATIENCE_SECONDS)


def _answer(clients: Clients, statement: str, dataset: str | None) -> Any:
    """Run a query and return the temporary table with its rows, which BigQuery keeps for a day."""
    from google.cloud.bigquery import QueryJobConfig

    options = {"default_dataset": dataset} if dataset else {}
    request = {"retry": _patience(), "timeout": PATIENCE_SECONDS}
    dry_run = clients.rest.query(statement, job_config=QueryJobConfig(dry_run=True, **options), **request)
    if dry_run.statement_type != "SELECT":
        received = dry_run.statement_type or "another statement"
        raise DataError("data.query", "one SELECT", received, "correct the query")
    job = clients.rest.query(statement, job_config=QueryJobConfig(**options), **request)
    job.result(max_results=0)
    return job.destination


def _stream(clients: Clients, place: Any) -> Iterator[pa.RecordBatch]:
    from google.cloud.bigquery_storage import DataFormat, ReadSession

    requested = ReadSession(
        table=f"projects/{place.project}/datasets/{place.dataset_id}/tables/{place.table_id}",
        data_format=DataFormat.ARROW,
    )
    session = clients.storage.create_read_session(
        parent=f"projects/{clients.rest.project}",
        read_session=requested,
        max_stream_count=1,  # the rows go into one file
        retry=_patience(),
        timeout=PATIENCE_SECONDS,
    )
    if not session.streams:
        return
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    for stream in session.streams:
        # Google's reader resumes a broken stream at its position. Its own conversion to Arrow is going away.
        for message in clients.storage.read_rows(stream.name, retry=_patience()):
            rows = pa.py_buffer(message.arrow_record_batch.serialized_record_batch)
            yield _numbers(pa.ipc.read_record_batch(rows, schema))


def _patience() -> Any:
    from google.api_core.exceptions import ServiceUnavailable, TooManyRequests
    from google.api_core.retry import Retry, if_exception_type
    from requests.exceptions import ConnectionError as Unreachable

    return Retry(
        predicate=if_exception_type(ServiceUnavailable, TooManyRequests, Unreachable), timeout=PATIENCE_SECONDS
    )


def _numbers(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with its decimals as numbers that an example can contain: integers if all are whole."""
    return pa.RecordBatch.from_arrays([_number(array) for array in batch.columns], names=batch.schema.names)


def _number(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_list(kind) and pa.types.is_decimal(kind.value_type):
        return pa.ListArray.from_arrays(array.offsets, _number(array.values))
    if not pa.types.is_decimal(kind):
        return array
    # Arrow raises an error if a value is not whole or does not fit 64 bits.
    with suppress(pa.ArrowInvalid):
        return array.cast(pa.int64())
    if pa.types.is_decimal256(kind):
        return pa.array([value if value is None else float(value) for value in array.to_pylist()], pa.float64())
    # Divided here, because Arrow multiplies by an inexact power of a tenth.
    units = pa.Array.from_buffers(pa.decimal128(38, 0), len(array), array.buffers(), offset=array.offset)
    return pc.divide(units.cast(pa.float64()), float(10**kind.scale))


@contextmanager
def _sentences(source: Input) -> Iterator[None]:
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    try:
        yield
    except GoogleAuthError as error:
        remedy = "run `gcloud auth application-default login`, or name a key in GOOGLE_APPLICATION_CREDENTIALS"
        raise _error(source.shown, "credentials that Google's libraries find", error, remedy) from None
    except exceptions.NotFound as error:
        remedy = "correct the name of the project, the dataset or the table"
        raise _error(source.name, "an existing project, dataset or table", error, remedy) from None
    except (exceptions.Forbidden, exceptions.Unauthorized) as error:
        remedy = "ask for the roles BigQuery Data Viewer, Job User and Read Session User"
        raise _error(source.name, "permission to read it", error, remedy) from None
    except exceptions.BadRequest as error:
        what, remedy = ("data.query", "correct the query") if source.query else (source.name, "correct data.table")
        raise _error(what, "a table or query that BigQuery can read", error, remedy) from None
    except (exceptions.GoogleAPIError, RequestException) as error:
        raise _error(source.shown, "an answer of BigQuery", error, "try again") from None
    except (OSError, ValueError) as error:
        raise _error(source.shown, "a project and a table", error, "write bigquery://PROJECT/DATASET.TABLE") from None


def _error(what: str, expected: str, error: Exception, remedy: str) -> DataError:
    # Google's message begins with the address of the request and ends with the reason.
    lines = str(getattr(error, "message", None) or error).splitlines() or [type(error).__name__]
    return DataError(what, expected, shorten(lines[0].rpartition("prettyPrint=false: ")[2], _LONGEST), remedy)
