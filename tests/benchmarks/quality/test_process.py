"""The process that measures a table: its own lines, not those of an earlier one."""

import pytest

from benchmarks.quality.process import Wanted, measured


@pytest.mark.slow
def test_lines_of_an_earlier_process_are_not_those_of_one_that_failed(tmp_path):
    (tmp_path / "nowhere.jsonl").write_text('{"model": "auto"}\n')
    command, taken, entries = measured(Wanted("nowhere", ["auto"], [1], 2.0, 10.0), tmp_path, lock=None)
    assert (taken.code, entries) == (2, [])
    assert "invalid choice: 'nowhere'" in command.log.read_text()
