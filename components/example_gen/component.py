"""TableExampleGen: the rows of a table as examples in splits, without a Beam element per row."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2
from tfx import types
from tfx.dsl.components.base import base_beam_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils, standard_component_specs

from components.artifact_files import is_remote, local_output, write_json
from components.cluster_errors import explained
from components.example_gen.remote import local_source
from components.example_gen.shards import write_by_shards
from components.in_process import Artifacts, in_process
from components.tfx_internals import (
    FINGERPRINT_PROPERTY,
    ExecutorParts,
    default_input_config,
    file_based_driver,
    file_based_example_gen,
    input_processor,
    mark_as_examples,
    parse_message,
)
from penstock.core.documents.data import Reading
from penstock.core.errors import DataError
from penstock.tables.examples.write import write
from penstock.tables.files import find
from penstock.tables.files.quarantine import quarantine_name, save_quarantine
from penstock.tables.input import Input
from penstock.tables.rows import digest_of, identity_of
from penstock.tables.source import open_table
from penstock.tables.splits import Splits
from penstock.tables.splitting import assign, split_report
from penstock.tables.table import Table
from penstock.tables.values.interpretation import FILE as INTERPRETATION

_CONTENT = "sha256:"
# Parameters of a compiled pipeline, and what stands for the span in a source.
SOURCE, SPAN, SPAN_MARK = "source", "span", "{SPAN}"
_InputProcessor: Any = input_processor()
_FileBasedDriver: Any = file_based_driver()
_FileBasedExampleGen: Any = file_based_example_gen()


class _ContentProcessor(_InputProcessor):
    """Identifies the input by its content; TFX's own processor uses sizes and times."""

    def __init__(self, source: Input, splits: Any) -> None:
        super().__init__(splits=splits)
        self._source = source

    def get_pattern_for_span_version(self, pattern: str, span: int, version: int | None) -> str:
        return pattern

    def get_latest_span(self) -> int:
        return 0

    def get_input_fingerprint(self, span: int, version: int | None) -> str:
        return _CONTENT + digest_of(self._source)


class _Driver(_FileBasedDriver):
    """Looks up a cached execution by the content of the source."""

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        self._source, _ = configured(exec_properties)
        found: dict[str, Any] = super().resolve_exec_properties(exec_properties, pipeline_info, component_info)
        return found

    def get_input_processor(
        self, splits: Any, range_config: Any = None, input_base_uri: str | None = None
    ) -> _ContentProcessor:
        return _ContentProcessor(self._source, splits)


class _Executor(ExecutorParts, base_beam_executor.BaseBeamExecutor):
    """Writes the examples: in this process, or as a Beam pipeline over shards of the table."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Write files of examples per split, and what they were made of as the artifact's properties."""
        self.log_start(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict[standard_component_specs.EXAMPLES_KEY])
        source, splits = configured(exec_properties)
        with local_source(source) as local, open_table(local) as table:
            rows = table.rows()
            counts = self._write(table, splits, examples.uri)
            found = identity_of(local, table.files)
            aside = _quarantine(table, source, found.digest)
            write_json(examples.uri, INTERPRETATION, table.document().as_dict())
            report = split_report(splits, table, assign(splits, table))
            reading = _reading(table, rows)
        if sum(counts.values()) != rows:
            received = f"{rows} rows, then {sum(counts.values())}"
            raise DataError(table.name, "the same rows at each reading", received, "take sampling out of data.query")
        before = exec_properties.get(FINGERPRINT_PROPERTY) or ""
        if before.startswith(_CONTENT) and before != _CONTENT + found.digest:
            raise DataError(source.shown, "rows that stay as they are", "a change while they were read", "run again")
        examples.split_names = artifact_utils.encode_split_names(list(counts))
        mark_as_examples(examples)
        record_origin(examples, source, found, {"source": rows, **counts, **aside})
        examples.set_string_custom_property("split", report.text())
        examples.set_string_custom_property("reading", reading.text())

    def _write(self, table: Table, splits: Splits, uri: str) -> dict[str, int]:
        """Write the examples in this process, or with the Beam runner that is named."""
        if in_process(self.beam_arguments):
            with local_output(uri) as folder:
                return write(table, splits, folder)
        if is_remote(uri):
            expected = "a folder that every worker of Beam has, where beam.runner is set"
            raise DataError(
                "the artifacts of ExampleGen", expected, uri, "leave beam.runner out, or mount such a folder"
            )
        with explained():
            return write_by_shards(table, splits, Path(uri), self.beam_pipeline)


class TableExampleGen(_FileBasedExampleGen):
    """Reads CSV, TSV, Parquet, a database or BigQuery into splits, `train` and `eval` among them.

    How the columns were read is in `interpretation.json`, next to the splits. The output `examples` carries its origin
    as custom properties: `digest` (SHA-256 of the content; of a database it is the same in any order of the rows),
    `query`, `source` (without a password), `table` (of a database), `files` (JSON: path, sha256 and bytes of each),
    `rows` (JSON: source, each split, and quarantined), `split` (JSON: what decided the splits, and what is in two of
    them) and `reading` (JSON: rows before and after the query, and values that a mark made missing, by column). A file
    that was touched but not changed is not read again, nor are rows of a database that are those of last time.
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)
    DRIVER_CLASS = _Driver

    def __init__(self, source: Input, *, splits: Splits, code: str = "") -> None:
        """Construct the node.

        Args:
            source: Where the rows come from. Of a database it names the snapshot that is read, for no password is
                handed on: without one, the database has to open without a password in its URL.
            splits: The splits and what decides between them.
            code: A fingerprint of the code that the node runs, so that changed code runs again.
        """
        # A database has no folder; its URL, without a password, shows where the rows come from.
        root, pattern = (source.shown, "*") if source.is_remote else find.by_name(source.source)
        config = struct_pb2.Struct()
        config.update({"input": source.public().as_dict(), "splits": splits.to_json(), "code": code})
        custom_config = example_gen_pb2.CustomConfig()
        custom_config.custom_config.Pack(config)
        super().__init__(
            input_base=root,
            input_config=default_input_config(pattern),
            output_config=example_gen_pb2.Output(
                split_config=example_gen_pb2.SplitConfig(
                    splits=[
                        example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=buckets)
                        for name, buckets in splits.buckets
                    ],
                    partition_feature_name=splits.key,
                )
            ),
            custom_config=custom_config,
        )


def configured(exec_properties: dict[str, Any]) -> tuple[Input, Splits]:
    """Return input and splits, as the constructor was given them."""
    config = struct_pb2.Struct()
    given = exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY]
    custom_config = parse_message(given, example_gen_pb2.CustomConfig())
    custom_config.custom_config.Unpack(config)
    source = Input(**json_format.MessageToDict(config["input"]))
    place = exec_properties.get(SOURCE) or source.source
    if SPAN_MARK in place:
        place = place.replace(SPAN_MARK, _span(exec_properties))
    return dataclasses.replace(source, source=place), Splits.from_json(config["splits"])


def _span(exec_properties: dict[str, Any]) -> str:
    span: str = exec_properties.get(SPAN) or ""
    if not span or not span.replace("-", "").isalnum():
        raise DataError(
            f"the parameter {SPAN}",
            "letters, digits and hyphens",
            repr(span),
            f"give what {SPAN_MARK} stands for",
        )
    return span


def record_origin(examples: types.Artifact, source: Input, found: find.Identity, rows: dict[str, int]) -> None:
    """Write the origin of the examples as properties of their artifact."""
    for name, value in {
        "digest": found.digest,
        "query": source.query or "",
        "source": source.shown,
        **({"table": source.table} if source.table else {}),
        "files": json.dumps([dataclasses.asdict(content) for content in found.contents]),
        "rows": json.dumps(rows),
    }.items():
        examples.set_string_custom_property(name, value)


def _reading(table: Table, rows: int) -> Reading:
    """Return the rows before and after the query, and the values that a mark made missing, by column of the source."""
    [(before,)] = table.source("count(*)") if table.query else [(rows,)]
    marked = {finding.column.name: finding.marked_missing for finding in table.findings if finding.marked_missing}
    return Reading(rows=before, result=rows, marked=marked)


def _quarantine(table: Table, source: Input, digest: str) -> dict[str, int]:
    """Put malformed rows into the quarantine, and return their number where there is one."""
    if source.quarantine is None:
        return {}
    if table.separated and table.separated.quarantined:
        save_quarantine(table.separated, Path(source.quarantine), quarantine_name(digest))
    return {"quarantined": table.separated.quarantined if table.separated else 0}
