"""The work folder: what is done is known after any end of the process, and one process at a time uses it."""

import json
import os
import re

import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.model.findings import Counts
from penstock.serving.sharded.work import Manifest, beginning, check_same, open_work

MANIFEST = Manifest("r", "t", {"source": "a", "model": "b", "settings": "c"}, 5, (("rows.csv", 0, None), ("x", 3, 9)))


def test_manifest_and_outcomes_are_read_back(tmp_path):
    with open_work(tmp_path / "work") as work:
        assert (work.manifest(), work.done(0)) == (None, None)
        work.begin(MANIFEST)
        work.file(0).write_text("rows")
        made = work.finish(0, 3, {"count": Counts(3, 2, 1)})
    with open_work(tmp_path / "work") as work:
        assert work.manifest() == MANIFEST
        assert work.done(0) == made
        assert work.done(1) is None
        work.clear()
        assert (work.manifest(), work.done(0)) == (None, None)
        work.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_shard_without_its_complete_file_is_not_done(tmp_path, damage):
    with open_work(tmp_path / "work") as work:
        work.file(0).write_text("rows")
        work.finish(0, 3, {})
        if damage == "missing":
            work.file(0).unlink()
        else:
            os.truncate(work.file(0), 2)
        assert work.done(0) is None


def test_second_scoring_with_the_same_target_is_refused(tmp_path):
    with open_work(tmp_path / "work"), pytest.raises(ConfigError) as refused, open_work(tmp_path / "work"):
        pass
    assert str(refused.value) == (
        f"{tmp_path / 'work'}: expected no other scoring with this target, received one that is running; "
        "wait until it ends."
    )
    with open_work(tmp_path / "work"):
        pass


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_folder_of_another_program_is_kept_and_refused(tmp_path, kind):
    place = tmp_path / "work"
    if kind == "file":
        place.write_text("mine")
    else:
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "mine").write_text("mine")
        (tmp_path / "other").rename(place) if kind == "folder" else place.symlink_to(tmp_path / "other")
    with pytest.raises((ConfigError, DataError), match=re.escape(str(place))), open_work(place):
        pass
    assert place.is_file() or (place / "mine").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "expected JSON"),
        ("[]", "expected the manifest of a scoring, received other content; score all rows again with --restart"),
        ('{"version": 2}', "expected the manifest of a scoring, received other content"),
        ('{"version": 1, "shards": 5}', "expected the manifest of a scoring, received other content"),
        ('{"version": 1, "shards": []}', "expected the manifest of a scoring, received other content"),
    ],
)
def test_manifest_that_cannot_be_read_is_refused(tmp_path, text, words):
    with open_work(tmp_path / "work") as work:
        (work.folder / "manifest.json").write_text(text)
        with pytest.raises((ConfigError, DataError), match=re.escape(words)):
            work.manifest()


def test_manifest_is_json_without_more_than_it_says(tmp_path):
    with open_work(tmp_path / "work") as work:
        work.begin(MANIFEST)
        names = set(json.loads((work.folder / "manifest.json").read_text()))
    assert names == {"version", "run", "time", "digests", "rows", "shards", "is_result"}


@pytest.mark.parametrize(("name", "said"), [("source", "source"), ("model", "model"), ("settings", "options")])
def test_difference_is_named(tmp_path, name, said):
    check_same(MANIFEST, MANIFEST.digests, tmp_path)
    with pytest.raises(ConfigError, match=f"the interrupted scoring r in {tmp_path}: expected the {said}"):
        check_same(MANIFEST, {**MANIFEST.digests, name: "x"}, tmp_path)


def test_beginning_of_which_nothing_is_done_is_no_obstacle_and_one_with_a_shard_is(tmp_path):
    other = {**MANIFEST.digests, "source": "x"}
    with open_work(tmp_path / "work") as work:
        assert beginning(work, other) is None
        work.begin(MANIFEST)
        assert beginning(work, MANIFEST.digests) == MANIFEST
        work.file(0).write_text("half of the ro")
        # The source was refused and corrected, so that nothing of its beginning is left.
        assert beginning(work, other) is None
        assert (work.manifest(), work.file(0).exists()) == (None, False)
        work.begin(MANIFEST)
        work.file(0).write_text("rows")
        work.finish(0, 3, {})
        with pytest.raises(ConfigError, match="expected the source of its beginning, received another source"):
            beginning(work, other)
        assert work.done(0) is not None


def test_interrupted_scoring_without_an_id_is_named_by_its_folder(tmp_path):
    with pytest.raises(ConfigError, match=f"^the interrupted scoring in {tmp_path}: expected the source"):
        check_same(Manifest("", "", {"source": "a"}, 1, ()), {"source": "b"}, tmp_path)
