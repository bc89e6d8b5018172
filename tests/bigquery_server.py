"""A local server with BigQuery's two protocols: REST for tables and jobs, the Storage Read API (gRPC) for rows.

It is no BigQuery: its tables are Arrow's, and DuckDB answers its queries.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import duckdb
import grpc
import pyarrow as pa
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, bigquery_storage
from google.cloud.bigquery_storage_v1 import types
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

from penstock.tables.databases.bigquery import Clients

PROJECT = "penstock-test"
_TABLE = re.compile(r"projects/([^/]+)/datasets/([^/]+)/tables/([^/?]+)")


@dataclass
class Warehouse:
    """The tables of the server, and how it behaves.

    Attributes:
        tables: The rows, by `dataset.table`.
        views: The names of those that are no tables of their own.
        forbidden: The names that nobody may read.
        batch: Rows in each message.
        breaks: How often a stream of rows breaks off after its first message.
        breaks_for_good: Whether a stream that breaks off cannot be taken up again.
        asked: What was asked, in order.
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    views: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    batch: int = 1000
    breaks: int = 0
    breaks_for_good: bool = False
    asked: list[str] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self, sql: str) -> tuple[str, pa.Table | None]:
        """Return the kind of a statement and its rows."""
        with duckdb.connect() as connection:
            for name, table in self.tables.items():
                connection.register(name.partition(".")[2], table)
            plain = re.sub(r"`[^`]*?(\w+)`", r"\1", sql)
            statements = connection.extract_statements(plain)
            kind = statements[0].type.name if len(statements) == 1 else "SCRIPT"
            return kind, connection.sql(plain).arrow() if kind == "SELECT" else None


@dataclass(frozen=True)
class Local:
    """A warehouse with its clients."""

    warehouse: Warehouse
    clients: Clients


@contextmanager
def serving() -> Iterator[Local]:
    """Start both servers on loopback, and stop them at the end."""
    warehouse = Warehouse()
    web = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Rest,), {"warehouse": warehouse}))
    threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True).start()
    rpc = grpc.server(futures.ThreadPoolExecutor(4))
    rpc.add_generic_rpc_handlers((_storage(warehouse),))
    port = rpc.add_insecure_port("127.0.0.1:0")
    rpc.start()
    rest = bigquery.Client(
        PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": f"http://127.0.0.1:{web.server_port}"},
    )
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    try:
        storage = bigquery_storage.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
        yield Local(warehouse, Clients(rest, storage))
    finally:
        channel.close()
        rpc.stop(None)
        web.shutdown()
        web.server_close()


class _Rest(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # else each answer takes 40 ms
    warehouse: Warehouse

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/bigquery/v2/")
        self.warehouse.asked.append(f"GET {path}")
        table = _TABLE.fullmatch(path)
        if table:
            self._table(*table.groups())
        else:
            job = self.warehouse.jobs[path.rpartition("/")[2]]
            self._answer(200, {**job, "jobComplete": True, "totalRows": "1", "schema": {"fields": []}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sql, dry = body["configuration"]["query"]["query"], body["configuration"].get("dryRun", False)
        self.warehouse.asked.append(f"{'dry ' if dry else ''}query {sql}")
        try:
            kind, rows = self.warehouse.run(sql)
        except duckdb.Error as error:
            self._refuse(400, "invalidQuery", str(error))
            return
        name = body["jobReference"]["jobId"]
        statistics = {"query": {"statementType": kind}, "totalBytesProcessed": "0"}
        configuration = {**body["configuration"], "query": {**body["configuration"]["query"]}}
        if not dry:
            table = f"anon{uuid.uuid4().hex}"
            self.warehouse.tables[f"_hidden.{table}"] = rows
            place = {"projectId": PROJECT, "datasetId": "_hidden", "tableId": table}
            configuration["query"]["destinationTable"] = place
        reference = {"projectId": PROJECT, "jobId": name, "location": "US"}
        self.warehouse.jobs[name] = {
            "jobReference": reference,
            "configuration": configuration,
            "status": {"state": "DONE"},
            "statistics": statistics,
        }
        self._answer(200, self.warehouse.jobs[name])

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""

    def _table(self, project: str, dataset: str, table: str) -> None:
        name = f"{dataset}.{table}"
        if name in self.warehouse.forbidden:
            message = f"Access Denied: Table {project}:{name}: User does not have permission to query it"
            self._refuse(403, "accessDenied", message)
        elif name not in self.warehouse.tables:
            self._refuse(404, "notFound", f"Not found: Table {project}:{name}")
        else:
            kind = "VIEW" if name in self.warehouse.views else "TABLE"
            place = {"projectId": project, "datasetId": dataset, "tableId": table}
            self._answer(200, {"tableReference": place, "type": kind})

    def _refuse(self, code: int, reason: str, message: str) -> None:
        error = {"code": code, "message": message, "errors": [{"reason": reason, "message": message}]}
        self._answer(code, {"error": error})

    def _answer(self, code: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _storage(warehouse: Warehouse) -> grpc.GenericRpcHandler:
    """Return the Storage Read API over the tables of a warehouse."""

    def create(request: Any, context: grpc.ServicerContext) -> Any:
        _, dataset, table = _TABLE.fullmatch(request.read_session.table).groups()
        name = f"{dataset}.{table}"
        warehouse.asked.append(f"session {name}")
        if name in warehouse.views:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "views cannot be read")
        if f"session {name}" in warehouse.forbidden:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "bigquery.readsessions.create denied on project")
        rows = warehouse.tables[name]
        schema = types.ArrowSchema(serialized_schema=rows.schema.serialize().to_pybytes())
        streams = [types.ReadStream(name=f"stream/{name}")] if rows.num_rows else []
        return types.ReadSession(name="session", data_format="ARROW", arrow_schema=schema, streams=streams)

    def read(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        rows = warehouse.tables[request.read_stream.partition("/")[2]].slice(request.offset)
        warehouse.asked.append(f"rows from {request.offset}")
        for number, batch in enumerate(rows.combine_chunks().to_batches(warehouse.batch)):
            if number and warehouse.breaks:
                warehouse.breaks -= 1
                if warehouse.breaks_for_good:
                    context.abort(grpc.StatusCode.DATA_LOSS, "the disk of the server is gone")
                context.abort(grpc.StatusCode.UNAVAILABLE, "the connection broke")
            data = types.ArrowRecordBatch(serialized_record_batch=batch.serialize().to_pybytes())
            yield types.ReadRowsResponse(arrow_record_batch=data, row_count=batch.num_rows)

    return grpc.method_handlers_generic_handler(
        "google.cloud.bigquery.storage.v1.BigQueryRead",
        {
            "CreateReadSession": grpc.unary_unary_rpc_method_handler(
                create, types.CreateReadSessionRequest.deserialize, types.ReadSession.serialize
            ),
            "ReadRows": grpc.unary_stream_rpc_method_handler(
                read, types.ReadRowsRequest.deserialize, types.ReadRowsResponse.serialize
            ),
        },
    )
