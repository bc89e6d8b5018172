"""Places that are lost with a container; the nodes are in the tests of the compiled files."""

import pytest

from penstock.config.loading import load
from penstock.core.errors import ConfigError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "setting",
    [
        "push.directory=models",
        "push.directory=/minio/bucket/models",
        "data.quarantine=aside",
        "data.quarantine=/tmp/aside",
    ],
)
def test_places_that_are_lost_with_a_container_are_refused(config, tmp_path, setting):
    from pipeline.runners import kubeflow

    with pytest.raises(ConfigError) as caught:
        kubeflow.compile(load(tmp_path / "pipeline.toml", [setting], {}), tmp_path / "out", "kubeflow")
    key, _, place = setting.partition("=")
    assert caught.value.details == (
        f"{key}: {place} is lost with the container: name a bucket, or the absolute path of a mounted folder",
    )
    assert not (tmp_path / "out").exists()
