import os

from penstock.http.processes import metrics_folder


def test_folder_of_metrics_is_private_and_removed_by_its_process_only(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with metrics_folder() as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o077 == 0
        child = os.fork()
        if child == 0:
            try:
                with metrics_folder():
                    os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        assert folder.is_dir()
    assert not folder.exists()
