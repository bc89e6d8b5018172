"""Versions are copied from a place that TensorFlow reads; here a folder with an address, in place of a bucket."""

from pathlib import Path

import pytest

from penstock.core.errors import ConfigError
from penstock.server.models.config import ModelConfig, Policy
from penstock.server.process import fetching
from penstock.server.process.fetching import Chosen, address_of, copy, fetched, on_disk

pytestmark = pytest.mark.slow


def files(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def place(tmp_path):
    """Versions 2, 3 and 10 of a model, and what is none."""
    folder = tmp_path / "bucket"
    for number in (2, 3, 10):
        (folder / str(number) / "variables").mkdir(parents=True)
        (folder / str(number) / "saved_model.pb").write_bytes(b"graph %d" % number)
        (folder / str(number) / "variables" / "variables.index").write_bytes(b"index")
    (folder / ".staging-4").mkdir()
    (folder / ".staging-4" / "saved_model.pb").write_bytes(b"half")
    return folder


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        (Chosen(), ["10"]),
        (Chosen(Policy(latest=2)), ["10", "3"]),
        (Chosen(Policy(every=True)), ["10", "2", "3"]),
        (Chosen(Policy(specific=(2, 7))), ["2"]),
        (Chosen(challenger=2), ["10", "2"]),
        (Chosen(challenger=7), ["10"]),
    ],
)
def test_versions_of_the_policy_are_copied_with_all_their_files(place, tmp_path, chosen, numbers):
    assert copy(f"file://{place}/", chosen, tmp_path / "here") == len(numbers)
    assert sorted(child.name for child in (tmp_path / "here").iterdir()) == numbers
    for number in numbers:
        assert files(tmp_path / "here" / number) == files(place / number)


@pytest.mark.parametrize(("name", "number"), [("3", "3"), ("artifacts", "1")])
def test_one_saved_model_has_the_number_of_its_name_or_one(place, tmp_path, name, number):
    (place / "3").rename(place / name)
    assert copy(f"file://{place}/{name}", Chosen(), tmp_path / "here") == 1
    assert files(tmp_path / "here") == {f"{number}/{file}": text for file, text in files(place / name).items()}


def test_process_of_its_own_copies(place, tmp_path):
    into = tmp_path / "here"
    assert fetched(f"file://{place}", Chosen(), into) == into
    assert files(into / "10") == files(place / "10")


@pytest.mark.parametrize(("chosen", "inner"), [(Chosen(Policy(specific=(7,))), ""), (Chosen(), "2/variables")])
def test_place_without_a_version_has_none(place, tmp_path, chosen, inner):
    assert copy(f"file://{place}/{inner}", chosen, tmp_path / "here") == 0


def test_alias_of_a_challenger_in_a_bucket_is_refused():
    model = ModelConfig("m", Path("gs://bucket/m"), challenger="staging")
    with pytest.raises(ConfigError, match="the challenger of m: expected its number"), on_disk([model]):
        pass


def test_place_that_is_not_there_is_named_in_one_sentence(place, tmp_path):
    address = f"file://{place}/none"
    with pytest.raises(ConfigError) as caught:
        fetched(address, Chosen(), tmp_path / "here")
    assert caught.value.what == f"the model in {address}"
    assert "none" in caught.value.received
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("folder", "address"),
    [
        ("gs://bucket/models/taxi/1", "gs://bucket/models/taxi/1"),
        ("gs://bucket", "gs://bucket"),
        ("s3://bucket/a", "s3://bucket/a"),
        ("models/taxi", None),
        ("/models/taxi", None),
        ("gs", None),
        ("ftp://host/a", None),
    ],
)
def test_path_of_a_bucket_is_its_address_again(folder, address):
    assert address_of(Path(folder)) == address


def test_models_in_buckets_are_copies_until_the_end_and_the_others_stay(tmp_path, monkeypatch):
    asked = []

    def fetch(place, chosen, into):
        asked.append((place, chosen))
        into.mkdir()
        return into

    monkeypatch.setattr(fetching, "fetched", fetch)
    here, there = (ModelConfig(name, Path(place)) for name, place in (("a", str(tmp_path)), ("b", "gs://bucket/b/7")))
    with on_disk([here, there]) as models:
        assert models[0] == here
        assert models[1].name == "b"
        assert models[1].folder.is_dir()
    assert not models[1].folder.exists()
    assert asked == [("gs://bucket/b/7", Chosen())]
    with on_disk([here]) as models:
        assert models == [here]
