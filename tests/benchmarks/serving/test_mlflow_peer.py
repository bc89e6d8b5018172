import re
import sys

from benchmarks.serving import mlflow_peer
from benchmarks.serving.mlflow_peer import LOCK, write_model


def test_model_has_the_files_of_the_version_and_what_loads_them(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"model")
    write_model(tmp_path / "1", tmp_path / "model")
    assert (tmp_path / "model" / "data" / "saved_model.pb").read_bytes() == b"model"
    module = re.search(r"loader_module: (\w+)", (tmp_path / "model" / "MLmodel").read_text())[1]
    source = (tmp_path / "model" / "code" / f"{module}.py").read_text()
    compile(source, module, "exec")
    assert "def _load_pyfunc(path)" in source


def test_environment_has_the_tensorflow_of_the_server():
    text = (LOCK.parents[2] / "requirements-server.lock").read_text()
    ours = re.search(r"^tensorflow-cpu==(\S+) ; python_full_version < '3.12'", text, re.MULTILINE)[1]
    assert f"\ntensorflow-cpu=={ours} " in LOCK.read_text()


def test_server_that_cannot_be_installed_is_skipped_visibly(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mlflow_peer, "PLACE", tmp_path / "peer")
    monkeypatch.setattr(mlflow_peer.shutil, "which", lambda *_, **__: sys.executable)
    with mlflow_peer.peer(tmp_path) as url:
        assert url is None
    assert "MLflow's server is not measured" in capsys.readouterr().err
