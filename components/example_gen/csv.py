"""CsvExampleGen of TFX, to compare with: its reading, types, hash and files, and our record of the origin."""

import dataclasses
import gzip
import struct
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs

from components.artifact_files import write_json
from components.example_gen.component import TableExampleGen, configured, record_origin
from components.in_process import Artifacts, split_files
from components.tfx_internals import executor_of
from penstock.core.errors import DataError
from penstock.tables.files import find
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.splits import Splits
from penstock.tables.values.interpretation import FILE as INTERPRETATION

_TfxExecutor: Any = executor_of("example_gen.csv_example_gen")


class _Executor(_TfxExecutor):
    """Reads, splits and writes as TFX does, then counts."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Write the examples, and what they were made of as the artifact's properties."""
        source, _ = configured(exec_properties)
        super().Do(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict[standard_component_specs.EXAMPLES_KEY])
        counts = {
            split: sum(map(_records, split_files(examples, split)))
            for split in artifact_utils.decode_split_names(examples.split_names)
        }
        with open_table(source) as table:
            rows, found = table.rows(), find.identity(table.files)
            write_json(examples.uri, INTERPRETATION, table.document().as_dict())
        if sum(counts.values()) != rows:
            received = f"{sum(counts.values())} examples"
            raise DataError(source.source, f"{rows} rows", received, 'set data.reader = "table"')
        record_origin(examples, source, found, {"source": rows, **counts})


class CsvExampleGen(TableExampleGen):
    """Reads CSV as TFX does, a Beam element per row; the output is as that of TableExampleGen, but for its types.

    Numbers and text are the same; what else a table holds is text. The hash is TFX's own, so the splits differ.
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)

    def __init__(self, source: Input, *, splits: Splits, code: str = "") -> None:
        """Construct the node, with the same arguments."""
        if Path(source.source).is_dir():
            # TFX takes all of a folder's files for rows.
            source = dataclasses.replace(source, source=str(Path(source.source) / "*.csv"))
        super().__init__(source, splits=splits, code=code)


def _records(path: str) -> int:
    """Return the number of records in a TFRecord file."""
    found = 0
    with gzip.open(path, "rb") as stream:
        while head := stream.read(12):
            stream.read(struct.unpack_from("<Q", head)[0] + 4)
            found += 1
    return found
