import os

from penstock.http.processes import metrics_folder, reserve_metrics


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


def test_space_for_metrics_is_taken_once_or_not_at_all(tmp_path):
    assert reserve_metrics(tmp_path)
    files = sorted(tmp_path.iterdir())
    assert {file.name.rpartition("_")[2] for file in files} == {f"{os.getpid()}.db"}
    assert all(file.stat().st_blocks * 512 >= file.stat().st_size >= 1 << 20 for file in files)
    files[0].write_text("used")
    assert reserve_metrics(tmp_path)
    assert files[0].read_text() == "used"
    assert not reserve_metrics(tmp_path / "none")
