"""Sources in a bucket are read as the same files on this machine are; TensorFlow's `ram` stands for the bucket."""

import uuid

import pytest

from penstock.core.errors import DataError
from penstock.tables.input import Input

pytestmark = pytest.mark.slow

FILES = {"rows/a.csv": "x\n1\n", "rows/b.csv": "x\n2\n", "rows/c.txt": "none", "parts/day=1/a.csv": "x\n3\n"}


@pytest.fixture
def bucket():
    from tensorflow.io import gfile

    root = f"ram://{uuid.uuid4().hex}"
    for name, text in FILES.items():
        gfile.makedirs(f"{root}/{name}".rpartition("/")[0])
        with gfile.GFile(f"{root}/{name}", "w") as file:
            file.write(text)
    return root


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("rows/a.csv", ["a.csv"]),
        ("rows/*.csv", ["a.csv", "b.csv"]),
        ("rows/[ab].csv", ["a.csv", "b.csv"]),
        ("rows", ["a.csv", "b.csv"]),
        ("parts", ["day=1/a.csv"]),
    ],
)
def test_file_glob_and_folder_are_copied_under_the_same_names(bucket, source, names):
    from components.example_gen.remote import local_source
    from penstock.tables.files.find import find

    with local_source(Input(f"{bucket}/{source}", delimiter=",")) as local:
        files = find(local.source, local.delimiter, partitions=source == "parts")
        assert [files.name(path) for path in files.paths] == names
        assert [path.read_text() for path in files.paths] == [FILES[f"{source.split('/')[0]}/{name}"] for name in names]
        assert local.delimiter == ","
    assert not files.root.exists()


@pytest.mark.parametrize("source", ["rows/d.csv", "rows/*.tsv", "none"])
def test_source_without_files_is_refused(bucket, source):
    from components.example_gen.remote import local_source

    with (
        pytest.raises(DataError, match=f"the source {bucket}.*check data.source"),
        local_source(Input(f"{bucket}/{source}")),
    ):
        pass


def test_source_of_a_file_system_that_is_missing_is_refused():
    from components.example_gen.remote import local_source

    with (
        pytest.raises(DataError, match="expected files that can be read") as caught,
        local_source(Input("s3://bucket/rows.csv")),
    ):
        pass
    assert "s3" in caught.value.received


@pytest.mark.parametrize("source", ["rows.csv", "sqlite:///rows.db", "/rows/*.csv"])
def test_other_sources_are_unchanged(source):
    from components.example_gen.remote import local_source

    given = Input(source)
    with local_source(given) as local:
        assert local is given
