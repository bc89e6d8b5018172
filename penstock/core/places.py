"""Places outside of this machine: which ones TensorFlow's file systems read and write, and paths in a container."""

# TensorFlow itself has `gs`; the others come with the package tensorflow-io, in the image.
REMOTE = ("gs", "s3", "hdfs")
_MOUNTED = "/gcs/"
# Where Kubeflow's launcher copies artifacts in a container, by the scheme of the bucket.
LAUNCHER_FOLDERS = {"gs": "/gcs", "s3": "/s3", "minio": "/minio"}


def is_remote_place(place: str) -> bool:
    """Return whether a place is a URI that TensorFlow's file systems read, and not a path."""
    scheme, separator, rest = place.partition("://")
    return bool(separator and rest) and scheme in REMOTE


def in_container(place: str) -> str:
    """Return the place under which a node in a container finds it.

    A bucket that Vertex AI mounts as `/gcs/BUCKET` is read and written by its URI, because the mount cannot rename
    folders. Other paths are those of the container.
    """
    return f"gs://{place.removeprefix(_MOUNTED)}" if place.startswith(_MOUNTED) else place


def bucket_place(path: str) -> str:
    """Return the URI of what the launcher has copied into a folder of the container; other paths are unchanged."""
    for scheme, folder in LAUNCHER_FOLDERS.items():
        if path.startswith(f"{folder}/"):
            return f"{scheme}://{path.removeprefix(f'{folder}/')}"
    return path
