"""Plain English with the terms of the field: no file of the project has a word that CONTRIBUTING.md rules out."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
CONTRIBUTING = PROJECT / "CONTRIBUTING.md"
SUFFIXES = {".py", ".md", ".toml", ".html", ".css", ".ipynb", ".yml", ".yaml", ""}
# These lists name the words.
LISTS = {"CONTRIBUTING.md", "tests/test_words.py"}


def section_of_words():
    """Return the section of CONTRIBUTING.md that lists the words."""
    return re.search(r"^## Words\n.*?(?=^## )", CONTRIBUTING.read_text(), re.MULTILINE | re.DOTALL)[0]


def excluded_words():
    """Return the words in the column "Do not use" of the table."""
    rows = [line.strip("|").split("|") for line in section_of_words().splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in rows[0]] == ["Use", "Do not use"]
    return [word.strip(" `") for row in rows[2:] for word in row[1].split(",")]


def pattern_of(words):
    """Return a pattern for whole words in prose and in names; a space also matches an underscore or a line break."""
    choices = "|".join(re.escape(word).replace(r"\ ", r"[\s_]+") for word in words)
    return re.compile(rf"(?<![^\W_])(?:{choices})(?![^\W_])", re.IGNORECASE)


PATTERN = pattern_of(excluded_words())


def uses(text):
    """Return each use of an excluded word, with its line."""
    return [f"{text.count(chr(10), 0, match.start()) + 1}: {match[0]}" for match in PATTERN.finditer(text)]


def names_of_texts():
    """Return the files of the project that people write."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if Path(name).suffix in SUFFIXES and name not in LISTS]


@pytest.mark.slow
def test_no_file_has_an_excluded_word():
    found = {name: uses((PROJECT / name).read_text(encoding="utf-8")) for name in names_of_texts()}
    assert {name: words for name, words in found.items() if words} == {}
    assert {"README.md", "penstock/core/text.py", "tests/test_docs.py", "docs/index.md"} <= found.keys()


def test_contributing_uses_the_words_only_in_their_list():
    assert uses(CONTRIBUTING.read_text().replace(section_of_words(), "")) == []


def test_list_has_the_words():
    assert len(excluded_words()) >= 27
    assert {"told", "anew", "for want of", "held against", "so_far"} <= set(excluded_words())


@pytest.mark.parametrize(
    "text",
    [
        *("as it is told", "def so_far():", "a tell-tale", "See to this", "set_apart = 1", "Foretold", "mending"),
        *("for_want_of", "held\nagainst", "saw to it", "grave"),
    ],
)
def test_excluded_word_is_found(text):
    assert uses(f"a line\n{text}\n")[0].startswith("2: ")


@pytest.mark.parametrize(
    "text", ["an apartment", "gravel", "recommended", "intellect", "amended", "stellar", "so far", "use to"]
)
def test_other_word_is_allowed(text):
    assert uses(text) == []
