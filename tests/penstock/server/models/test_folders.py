import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.folders import check_intact, scan
from penstock.versions import folders


def version(folder, content="graph"):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_text(content)
    (folder / "variables" / "variables.index").write_text("index")
    return folder


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("1", 1),
        ("0", 0),
        ("007", 7),
        ("1700000000", 1700000000),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None),
        ("9" * 5000, None),
        ("-1", None),
        ("1.5", None),
        ("v2", None),
        ("١", None),
        (".staging-1", None),
        ("2.tmp", None),
    ],
)
def test_versions_are_folders_whose_names_are_whole_numbers(tmp_path, name, number):
    if len(name) < 200:
        version(tmp_path / name)
    assert list(scan(tmp_path)) == ([] if number is None else [number])


def test_file_is_no_version_whatever_its_name(tmp_path):
    (tmp_path / "3").write_text("")
    assert scan(tmp_path) == {}


def test_of_two_names_of_a_number_the_shortest_is_taken(tmp_path):
    version(tmp_path / "01"), version(tmp_path / "1")
    assert scan(tmp_path)[1].folder == tmp_path / "1"


@pytest.mark.parametrize(("name", "number"), [("12", 12), ("model", 1)])
def test_folder_of_one_model_is_its_only_version(tmp_path, name, number):
    assert list(scan(version(tmp_path / name))) == [number]


def test_folder_that_does_not_exist_cannot_be_scanned(tmp_path):
    with pytest.raises(OSError, match="none"):
        scan(tmp_path / "none")


@pytest.mark.parametrize("changed", ["saved_model.pb", "variables/variables.index"])
def test_stamp_changes_with_the_files_of_the_model(tmp_path, changed):
    folder = version(tmp_path / "1")
    before = scan(tmp_path)[1].stamp
    assert scan(tmp_path)[1].stamp == before
    (folder / changed).write_text("another")
    after = scan(tmp_path)[1].stamp
    (folder / changed).unlink()
    assert len({before, after, scan(tmp_path)[1].stamp}) == 3


def test_version_that_changed_after_its_push_is_not_intact(tmp_path):
    model, pushed = version(tmp_path / "model"), tmp_path / "models" / "1"
    with folders.exclusive_access(pushed.parent):
        folders.publish(model, pushed, None)
    check_intact(pushed)
    check_intact(model)  # has no record
    (pushed / "saved_model.pb").write_text("gra")
    with pytest.raises(ServingError, match="is not as it was pushed") as refused:
        check_intact(pushed)
    assert refused.value.code == Code.DATA_LOSS


def test_version_that_is_being_pushed_is_not_found(tmp_path):
    pushed = tmp_path / "models" / "1"
    with folders.exclusive_access(pushed.parent):
        assert scan(pushed.parent) == {}
        version(pushed.parent / ".staging-1")
        assert scan(pushed.parent) == {}
