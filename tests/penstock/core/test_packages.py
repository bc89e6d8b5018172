import psutil

from penstock.core import packages


def test_locked_reads_names_and_versions(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "# made\nSome_Name==1.0 \\\n    --hash=sha256:00\n    # via other==9\nother==2.0.post1\n"
        "by-python==1 ; python_full_version < '3' \\\n    --hash=sha256:00\n"
        "by-python==2 ; python_full_version >= '3' \\\n    --hash=sha256:00\n"
        "elsewhere==3 ; sys_platform == 'none' \\\n    --hash=sha256:00\n"
    )
    assert packages.locked_packages(lock) == {"some-name": "1.0", "other": "2.0.post1", "by-python": "2"}


def test_locked_without_a_file_is_empty(tmp_path):
    assert packages.locked_packages(tmp_path / "requirements.lock") == {}


def test_declared_packages_are_those_of_an_exact_version_for_this_python():
    declared = packages.declared_packages("penstock")
    assert declared["tfx"] == packages.installed_packages()["tfx"]
    # Required in some version, or of none.
    assert "duckdb" not in declared
    assert packages.declared_packages("no-such-distribution") == {}


def test_installed_reads_the_names_of_metadata_folders(tmp_path):
    for name in ("Some.Name-1.0.dist-info", "other_name-2.0rc1.dist-info", "module"):
        (tmp_path / name).mkdir()
    assert packages.installed_packages(tmp_path) == {"some-name": "1.0", "other-name": "2.0rc1"}


def test_installed_packages_include_those_of_this_environment():
    assert packages.installed_packages()["psutil"] == psutil.__version__
