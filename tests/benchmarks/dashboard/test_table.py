import csv

from benchmarks.dashboard.table import LABEL, roles, write


def test_table_has_the_columns_of_the_roles_and_one_malformed_row(tmp_path):
    for name in ("first", "second"):
        write(tmp_path / name, 60, 10, 0)
    write(tmp_path / "later", 60, 10, 1)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes() != (tmp_path / "later").read_bytes()
    head, *lines, malformed = csv.reader((tmp_path / "first").open())
    assert head == [*roles(10), LABEL]
    assert {len(line) for line in lines} == {10}
    assert (len(lines), len(malformed) > 10) == (60, True)
    assert {line[-1] for line in lines} == {"0", "1"}
    assert set(roles(10).values()) == {"numeric", "categorical"}
