"""The page of known advisories names the versions that are locked: a change of a lock makes a review necessary."""

import re
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "advisories.md"
LOCKS = ("requirements.lock", "requirements-next.lock")


def table(first_heading, text=None):
    """Return the rows of the table with this first heading in the page or in a text of it."""
    pattern = rf"^\| {first_heading} \|.*\n\| --- .*\n((?:\|.*\n)+)"
    [rows] = re.findall(pattern, text or PAGE.read_text(), re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()]


def locked(lock):
    """Return the versions that a lock has of each package: more than one if they depend on the version of Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", (PROJECT / lock).read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def named(lock):
    """Return each package of the page with the cell of its version in a lock."""
    return {cells[0]: cells[1 + LOCKS.index(lock)] for cells in table("Package")}


@pytest.mark.parametrize("lock", LOCKS)
def test_versions_that_the_page_names_are_those_of_the_lock(lock):
    versions = {name: {cell.strip("*")} for name, cell in named(lock).items()}
    assert {"duckdb", "keras"} <= versions.keys()
    assert versions == {name: locked(lock).get(name) for name in versions}


@pytest.mark.parametrize("lock", LOCKS)
def test_counts_of_packages_are_those_of_the_lock(lock):
    [cells] = [cells for cells in table("Lock") if cells[0].startswith(f"`{lock}`")]
    affected = sum(cell.startswith("**") for cell in named(lock).values())
    assert [int(cell) for cell in cells[1:4]] == [len(locked(lock)), affected, len(locked(lock)) - affected]


def test_advisories_of_each_package_are_counted():
    sections = re.split(r"^## (.+)\n", PAGE.read_text(), flags=re.MULTILINE)
    text = dict(zip(sections[1::2], sections[2::2], strict=True))
    listed = {cells[0]: int(cells[3]) for cells in table("Package")}
    for name in ("Keras", "Pillow"):
        assert listed.pop(name.lower()) == len(set(re.findall(r"CVE-\d+-\d+", text[name]))), name
    # Brotli's has a section of its own.
    assert listed.pop("duckdb") == 1
    others = [cells[0].split(":")[0] for cells in table("Advisory", text["The other packages"])]
    names = {"gRPC": "grpcio"}
    assert Counter(names.get(label, label.lower()) for label in others) == listed
