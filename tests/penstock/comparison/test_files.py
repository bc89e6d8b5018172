"""Whether two folders have the same files, and whether one is damaged."""

import pytest

from penstock.comparison.files import damage_of, same_files
from penstock.integrity import manifests
from tests.kept_run import write

FILES = {"a/x.txt": "one", "b.txt": "two"}


@pytest.mark.parametrize("noted", [(), ("one",), ("one", "other")])
@pytest.mark.parametrize(
    ("others", "same"),
    [
        (FILES, True),
        ({**FILES, ".hidden": "x"}, True),
        ({**FILES, "c.txt": ""}, False),
        ({"b.txt": "two"}, False),
        ({**FILES, "b.txt": "twO"}, False),
        ({"a/y.txt": "one", "b.txt": "two"}, False),
    ],
)
def test_folders_are_the_same_by_names_and_contents_with_or_without_manifests(tmp_path, noted, others, same):
    for name, files in (("one", FILES), ("other", others)):
        write(tmp_path / name, files)
        if name in noted:
            manifests.write(tmp_path / name)
    assert same_files(tmp_path / "one", tmp_path / "other") == same
    assert same_files(tmp_path / "other", tmp_path / "one") == same


def test_damage_is_what_changed_since_the_manifest(tmp_path):
    write(tmp_path / "one", FILES)
    assert damage_of(tmp_path / "one") == ""
    manifests.write(tmp_path / "one")
    assert damage_of(tmp_path / "one") == ""
    write(tmp_path / "one", {"b.txt": "longer", "a/x.txt": ""})
    assert damage_of(tmp_path / "one") == "a/x.txt has 0 bytes instead of 3, and 1 more"
    assert damage_of(tmp_path / "two") == "the folder is missing"
