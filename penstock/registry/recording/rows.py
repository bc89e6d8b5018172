"""The rows of a run, kept as Parquet."""

import itertools
from pathlib import Path

from penstock.config.config import Config
from penstock.core.files import private_file

FOLDER = "rows"


def kept_file(config: Config, run: str) -> Path:
    """Return the file with the rows of a run."""
    return config.state_folder / FOLDER / config.name / f"{run}.parquet"


def keep_rows(config: Config, run: str) -> None:
    """Write the rows of a run, after its query, as Parquet that is compressed with Zstandard.

    Args:
        config: The configuration; the rows of a database are those of its snapshot.
        run: The name of the run.

    Raises:
        DataError: The rows cannot be read or written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from penstock.tables.source import open_table

    with open_table(config.input) as table, private_file(kept_file(config, run)) as file:
        batches = table.batches()
        first = next(batches)
        with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
            for batch in itertools.chain([first], batches):
                writer.write_table(pa.Table.from_batches([batch]))
