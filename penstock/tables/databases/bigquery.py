"""Rows of BigQuery: a table, or what a query gives, as the Arrow stream of the Storage Read API.

Project and credentials are those that Google's own libraries find. What Google does is said in its own words; only what
to do next is ours.
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

# How long a service that does not answer is asked again.
PATIENCE_SECONDS = 60.0
_TABLES = ("TABLE", "SNAPSHOT", "CLONE")
_LONGEST = 200


@dataclass(frozen=True)
class Clients:
    """The two that are asked: for tables and queries by HTTP, for rows by gRPC."""

    rest: Any
    storage: Any


def connect(project: str | None) -> Clients:
    """Return clients with the credentials that Google's libraries find, and their project where none is given."""
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
            # What is no table of its own, such as a view, the Storage API does not read.
            statement = f"SELECT * FROM `{place.project}.{place.dataset_id}.{place.table_id}`"
        if statement:
            place = _answer(clients, statement, f"{clients.rest.project}.{dataset}" if dataset else None)
        yield from _stream(clients, place)


def _import_quietly() -> None:
    """Import Google's libraries, each of which would tell when it will part with this version of Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in ("google.cloud.bigquery", "google.cloud.bigquery_storage"):
            importlib.import_module(module)


def _table(clients: Clients, source: Input, dataset: str) -> Any:
    parts = [part for part in (dataset, source.table or "") if part]
    name = source.table or ""
    # A table is named from its dataset, its project, or the dataset of the URL.
    whole = name if "." in name else ".".join(parts)
    if whole.count(".") == 1:
        whole = f"{clients.rest.project}.{whole}"
    return clients.rest.get_table(whole, retry=_patience(), timeout=PATIENCE_SECONDS)


def _answer(clients: Clients, statement: str, dataset: str | None) -> Any:
    """Run a query and return the table that BigQuery keeps its rows in for a day."""
    from google.cloud.bigquery import QueryJobConfig

    options = {"default_dataset": dataset} if dataset else {}
    asked = {"retry": _patience(), "timeout": PATIENCE_SECONDS}
    rehearsed = clients.rest.query(statement, job_config=QueryJobConfig(dry_run=True, **options), **asked)
    if rehearsed.statement_type != "SELECT":
        received = rehearsed.statement_type or "another statement"
        raise DataError("data.query", "one SELECT", received, "mend the query")
    job = clients.rest.query(statement, job_config=QueryJobConfig(**options), **asked)
    job.result(max_results=0)
    return job.destination


def _stream(clients: Clients, place: Any) -> Iterator[pa.RecordBatch]:
    from google.cloud.bigquery_storage import DataFormat, ReadSession

    wanted = ReadSession(
        table=f"projects/{place.project}/datasets/{place.dataset_id}/tables/{place.table_id}",
        data_format=DataFormat.ARROW,
    )
    session = clients.storage.create_read_session(
        parent=f"projects/{clients.rest.project}",
        read_session=wanted,
        max_stream_count=1,  # the rows go into one file
        retry=_patience(),
        timeout=PATIENCE_SECONDS,
    )
    for stream in session.streams:
        # A stream that breaks is taken up again by Google's reader where it broke.
        for page in clients.storage.read_rows(stream.name, retry=_patience()).rows(session).pages:
            yield _numbers(page.to_arrow())


def _patience() -> Any:
    from google.api_core.exceptions import ServiceUnavailable, TooManyRequests
    from google.api_core.retry import Retry, if_exception_type
    from requests.exceptions import ConnectionError as Unreachable

    return Retry(
        predicate=if_exception_type(ServiceUnavailable, TooManyRequests, Unreachable), timeout=PATIENCE_SECONDS
    )


def _numbers(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with its decimals as numbers that an example can hold: integers where all are whole."""
    return pa.RecordBatch.from_arrays([_number(array) for array in batch.columns], names=batch.schema.names)


def _number(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_list(kind) and pa.types.is_decimal(kind.value_type):
        return pa.ListArray.from_arrays(array.offsets, _number(array.values))
    if not pa.types.is_decimal(kind):
        return array
    # Arrow refuses whatever is not whole or does not fit 64 bits.
    with suppress(pa.ArrowInvalid):
        return array.cast(pa.int64())
    if pa.types.is_decimal256(kind):
        return pa.array([value if value is None else float(value) for value in array.to_pylist()], pa.float64())
    # Divided here, because Arrow multiplies by a tenth that is not quite one.
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
        raise _error(source.name, "what is there", error, remedy) from None
    except (exceptions.Forbidden, exceptions.Unauthorized) as error:
        remedy = "ask for the roles BigQuery Data Viewer, Job User and Read Session User"
        raise _error(source.name, "permission to read it", error, remedy) from None
    except exceptions.BadRequest as error:
        what, remedy = ("data.query", "mend the query") if source.query else (source.name, "correct data.table")
        raise _error(what, "what BigQuery can read", error, remedy) from None
    except (exceptions.GoogleAPIError, RequestException) as error:
        raise _error(source.shown, "a BigQuery that answers", error, "try again") from None
    except (OSError, ValueError) as error:
        raise _error(source.shown, "a project and a table", error, "write bigquery://PROJECT/DATASET.TABLE") from None


def _error(what: str, expected: str, error: Exception, remedy: str) -> DataError:
    # Behind the address of the request, Google's message ends with the reason.
    said = str(getattr(error, "message", None) or error).splitlines() or [type(error).__name__]
    return DataError(what, expected, shorten(said[0].rpartition("prettyPrint=false: ")[2], _LONGEST), remedy)
