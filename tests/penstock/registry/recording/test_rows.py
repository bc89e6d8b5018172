"""The rows of a run, kept as Parquet."""

import stat

import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.registry.recording.rows import keep_rows, kept_file
from tests.metadata_store import configuration

RUN = "20260101-000001"


def test_rows_after_the_query_are_kept_compressed_and_private(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n" + "".join(f"{n},{n % 2}\n" for n in range(5_000)))
    config = configuration(tmp_path, "data.query=SELECT miles, tip FROM source WHERE miles < 4000 ORDER BY miles")
    keep_rows(config, RUN)
    file = kept_file(config, RUN)
    assert file == tmp_path / "state" / "rows" / "taxi" / f"{RUN}.parquet"
    assert pq.read_table(file).to_pydict() == {"miles": list(range(4_000)), "tip": [n % 2 for n in range(4_000)]}
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_rows_that_cannot_be_written_are_a_sentence_and_leave_nothing(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n2,1\n")
    config = configuration(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "rows").write_text("a file")
    with pytest.raises(DataError, match="the folder .*rows/taxi"):
        keep_rows(config, RUN)
    assert (tmp_path / "state" / "rows").read_text() == "a file"
