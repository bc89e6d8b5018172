"""The files of a source, and the digest of their content."""

import os
import re

import pytest

from penstock.core.errors import DataError
from penstock.core.process import in_subprocess
from penstock.tables.files import find


def test_a_file_a_folder_and_a_glob_name_the_same_files(tmp_path):
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text("x\n1\n")
    (tmp_path / "README.md").write_text("about")
    (tmp_path / "_SUCCESS").write_text("")
    for source in (tmp_path, tmp_path / "*", tmp_path / "*.csv"):
        found = find.find(str(source))
        assert [found.name(path) for path in found.paths] == ["a.csv", "b.csv"]
        assert found.root == tmp_path
    assert find.find(str(tmp_path / "a.csv")).paths == (tmp_path / "a.csv",)


def test_a_glob_reaches_into_folders(tmp_path):
    (tmp_path / "2024" / "05").mkdir(parents=True)
    (tmp_path / "2024" / "05" / "rows.csv").write_text("x\n1\n")
    found = find.find(str(tmp_path / "**" / "*.csv"))
    assert [found.name(path) for path in found.paths] == ["2024/05/rows.csv"]


def test_a_file_whose_name_looks_like_a_glob_is_found(tmp_path):
    path = tmp_path / "rows[1].csv"
    path.write_text("x\n1\n")
    assert find.find(str(path)).paths == (path,)


@pytest.mark.parametrize("source", ["rows.csv", "folder", "folder/*.csv", "**/*.csv"])
def test_root_and_pattern_make_the_source_again(source):
    root, pattern = find.locate(source)
    assert str(root / pattern) == source


def test_the_digest_follows_content_and_not_time_or_place(tmp_path):
    digests = []
    for folder, text in (("one", "x\n1\n"), ("two", "x\n1\n"), ("three", "x\n2\n")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "rows.csv"
        path.write_text(text)
        os.utime(path, (len(digests), len(digests)))
        digests.append(find.digest(find.contents(find.find(str(tmp_path / folder)))))
    assert digests[0] == digests[1] != digests[2]


def test_contents_carry_name_digest_and_size(tmp_path):
    (tmp_path / "rows.csv").write_text("x\n1\n")
    (content,) = find.contents(find.find(str(tmp_path)))
    assert (content.path, content.bytes) == ("rows.csv", 4)
    assert re.fullmatch("[0-9a-f]{64}", content.sha256)


BAD = {
    "no such file": ({"trips.csv": "x\n1\n"}, "trip.csv", ["trip.csv", "no such file", "holds trips.csv"]),
    "no such folder": ({}, "deep/trips.csv", ["trips.csv", "no such file", "does not exist either"]),
    "a glob without a match": ({"a.csv": "x\n1\n"}, "*.parquet", ["*.parquet", "at least one file", "no match"]),
    "an empty file": ({"a.csv": ""}, "a.csv", ["a.csv", "empty file", "0 bytes"]),
    "an empty folder": ({}, "", [".csv, .tsv, .parquet", "an empty folder"]),
    "a folder of other files": ({"a.txt": "x"}, "", ["1 files of other kinds"]),
    "an unknown kind": ({"a.txt": "x"}, "a.txt", ["a.txt", ".csv, .tsv, .parquet", "'.txt'"]),
    "an unknown kind in a glob": ({"a.csv": "x\n1\n", "a.txt": "x"}, "a.*", ["a.*", "a.txt"]),
    "two kinds": ({"a.csv": "x\n1\n", "b.tsv": "x\n1\n"}, "", ["one kind", "CSV and TSV", "a.csv, b.tsv", "*.csv"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_sources_are_refused(tmp_path, name):
    written, source, words = BAD[name]
    for file, text in written.items():
        (tmp_path / file).write_text(text)
    with pytest.raises(DataError) as caught:
        find.find(str(tmp_path / source))
    for word in words:
        assert word in str(caught.value)


def find_as_nobody(source):
    if os.geteuid() == 0:  # whom no file refuses
        os.setgroups([])
        os.setuid(65534)
    return find.find(source)


def test_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "rows.csv"
    file.write_text("a\n1\n")
    file.chmod(0)
    monkeypatch.chdir(tmp_path)  # Above it are folders that nobody may enter.
    tmp_path.chmod(0o755)
    with pytest.raises(DataError) as caught:
        in_subprocess(find_as_nobody, "rows.csv")
    assert (
        str(caught.value)
        == "rows.csv: expected a file that can be read, received permission denied; check its permissions."
    )


@pytest.mark.parametrize(
    ("source", "root", "pattern"),
    [
        ("rows.csv", ".", "rows.csv"),
        ("/rows.csv", "/", "rows.csv"),
        ("data/rows.csv.gz", "data", "rows.csv.gz"),
        ("data/rows", "data/rows", "*"),
        ("data/rows/", "data/rows", "*"),
        ("gs://bucket/rows/*.csv", "gs://bucket/rows", "*.csv"),
        ("gs://bucket/day=*/*.parquet", "gs://bucket", "day=*/*.parquet"),
        ("gs://bucket/rows.parquet", "gs://bucket", "rows.parquet"),
        ("gs://bucket", "gs://bucket", "*"),
    ],
)
def test_root_and_pattern_of_a_name(source, root, pattern):
    assert find.by_name(source) == (root, pattern)
