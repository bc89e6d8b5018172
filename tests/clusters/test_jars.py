"""The jars of a cluster are those of the list in the repository, or refused."""

import hashlib
import re

import pytest

from penstock.core.errors import ConfigError
from scripts.cluster import jars

SYSTEMS = ("flink", "spark")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Lists and jars in a folder of the test."""
    for name in ("HERE", "MADE"):
        monkeypatch.setattr(jars, name, tmp_path / name)
        (tmp_path / name).mkdir()
    folder = tmp_path / "MADE" / "toy" / "jars"
    folder.mkdir(parents=True)
    (folder / "a-1.jar").write_bytes(b"a")
    (tmp_path / "HERE" / "toy.sha256").write_text(f"{hashlib.sha256(b'a').hexdigest()}  a-1.jar\n")
    return folder


def test_jars_of_the_list_are_used_without_maven(made, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert jars.jars_of("toy") == made


@pytest.mark.parametrize("change", ["missing", "other", "further"])
def test_other_jars_are_fetched_again_and_without_maven_refused(made, monkeypatch, change):
    if change == "missing":
        (made / "a-1.jar").unlink()
    else:
        (made / ("a-1.jar" if change == "other" else "b-1.jar")).write_bytes(b"b")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError) as refused:
        jars.jars_of("toy")
    assert str(refused.value) == (
        "the jars of toy: expected Maven (`mvn`) and Java 17 on PATH, received no mvn; "
        "install them (Debian: apt-get install maven), or use a cluster of your own."
    )


def test_what_maven_fetches_is_checked_before_it_is_used(made, monkeypatch, tmp_path):
    (made / "a-1.jar").unlink()
    programs = tmp_path / "bin"
    programs.mkdir()
    # Stands for a repository with another jar of the same name.
    (programs / "mvn").write_text(
        '#!/bin/sh\nfor word; do :; done\nmkdir -p "${word#*=}"; echo b > "${word#*=}/a-1.jar"\n'
    )
    (programs / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(ConfigError, match=r"received others: a-1\.jar; check the repository"):
        jars.jars_of("toy")
    assert not list(made.glob("*.jar"))
    assert [path.name for path in made.parent.iterdir()] == ["jars"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_lists_have_a_hash_for_each_jar_and_the_beam_of_the_lock(system):
    listed = jars.listed(system)
    assert len(listed) > 100
    assert [digest for digest in listed.values() if not re.fullmatch("[0-9a-f]{64}", digest)] == []
    locked = re.search(
        r"^apache-beam(?:\[\w+\])?==(\S+)", (jars.PROJECT / "requirements.lock").read_text(), re.MULTILINE
    )
    assert locked
    assert jars.beam_version(system) == locked[1]
    assert {name for name in listed if name.startswith("beam-runners-")} >= {f"beam-runners-core-java-{locked[1]}.jar"}
