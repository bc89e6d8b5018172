"""Places outside of this machine."""

import pytest

from penstock.core.places import bucket_place, in_container, is_remote_place


@pytest.mark.parametrize("place", ["gs://bucket/folder", "s3://bucket/rows.csv", "hdfs://host:1/rows/*.csv"])
def test_uris_of_file_systems_are_remote(place):
    assert is_remote_place(place)
    assert in_container(place) == place


@pytest.mark.parametrize("place", ["rows.csv", "/rows", "gs:/bucket", "gs://", "http://host/rows.csv", "mysql://h/d"])
def test_other_places_are_not_remote(place):
    assert not is_remote_place(place)
    assert in_container(place) == place


def test_mounted_bucket_is_read_by_its_uri():
    assert in_container("/gcs/bucket/folder") == "gs://bucket/folder"
    assert in_container("/gcsx/bucket") == "/gcsx/bucket"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/minio/mlpipeline/v2/model", "minio://mlpipeline/v2/model"),
        ("/gcs/bucket/model", "gs://bucket/model"),
        ("/s3/bucket/a", "s3://bucket/a"),
        ("gs://bucket/model", "gs://bucket/model"),
        ("/models/1", "/models/1"),
        ("/s3x/1", "/s3x/1"),
    ],
)
def test_folder_of_the_launcher_is_the_place_in_the_bucket(path, place):
    assert bucket_place(path) == place
