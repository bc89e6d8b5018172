"""Pusher: what the node takes, and what a version then carries."""

import pytest

from tests.components.launching import artifact, channel, execute

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("blessed", [True, False])
def test_blessed_model_is_pushed_with_its_statistics_and_its_certificate(blessed, tmp_path):
    from tfx.types import artifact_utils
    from tfx.types.channel import Channel

    from components import artifacts
    from components.pusher import Pusher, content_digest
    from penstock.versions import record
    from penstock.versions.record import SERVING_FILES, STATISTICS

    model, blessing = artifact("Model", tmp_path / "model"), artifact("ModelBlessing", tmp_path / "blessing")
    statistics = artifact("ExampleStatistics", tmp_path / "statistics")
    statistics.split_names = artifact_utils.encode_split_names(["train", "eval"])
    for split in ("train", "eval"):
        (tmp_path / "statistics" / f"Split-{split}").mkdir()
        (tmp_path / "statistics" / f"Split-{split}" / "FeatureStats.pb").write_bytes(split.encode())
    (tmp_path / "model" / "Format-Serving").mkdir()
    (tmp_path / "model" / "Format-Serving" / "saved_model.pb").write_bytes(b"model")
    (tmp_path / "blessing" / ("BLESSED" if blessed else "NOT_BLESSED")).touch()
    blessing.set_int_custom_property("blessed", int(blessed))
    output = artifact("PushedModel", tmp_path / "pushed")
    node = Pusher(
        *(channel(kind) for kind in ("Model", "ModelBlessing", "ExampleStatistics")),
        Channel(type=artifacts.ServingCertificate),
        directory=str(tmp_path / "models"),
        custom_config={"code": "x"},
    )
    assert node.id == "Pusher"
    certificate = artifacts.ServingCertificate()
    certificate.uri = str(tmp_path / "certificate")
    for name in SERVING_FILES:
        (tmp_path / "certificate").mkdir(exist_ok=True)
        (tmp_path / "certificate" / name.name).write_bytes(name.name.encode())
    inputs = {"model": model, "model_blessing": blessing, "statistics": statistics, "certificate": certificate}
    for _ in range(2):
        execute(node, inputs, {"pushed_model": output}, tmp_path, [])
    versions = sorted(path.name for path in (tmp_path / "models").glob("[0-9]*"))
    assert versions == (["1"] if blessed else [])
    if blessed:
        assert (tmp_path / "models" / "1" / STATISTICS).read_bytes() == b"train"
        for name in SERVING_FILES:
            assert (tmp_path / "models" / "1" / name).read_bytes() == name.name.encode()
        assert not record.check(tmp_path / "models" / "1")
        assert {name.as_posix() for name in SERVING_FILES} <= set(record.read(tmp_path / "models" / "1").files)
        assert content_digest(tmp_path / "models" / "1") == content_digest(tmp_path / "model" / "Format-Serving")
