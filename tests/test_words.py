"""Plain English with the terms of the field: words that CONTRIBUTING.md rules out are in no file of the project."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
# Each with what to write in its place; an underscore ends a word too.
WORDS = {
    r"(fore)?told|tells?": "says, reports, states",
    "beside": "next to, in addition to",
    r"mend(s|ed|ing)?": "fix, correct",
    "anew": "again, from the beginning",
    r"for[ _]want[ _]of": "because there is no",
    r"(see|sees|saw)[ _]to(?![ _]it[ _]that)": "make sure, check",
    r"(hold|holds|held)[ _]against": "compare with",
    "apart": "separate",
    r"as[ _]grave[ _]as|grave": "at least of the severity",
    r"by[ _]the[ _]book": "as configured",
    r"whole[ _]of": "all of",
    r"without[ _]ado": "without an orderly exit",
    "nought": "zero, nothing",
    "so_far": "current, partial",
    "diversion|deferral": "redirection, lazy import",
}
PATTERN = re.compile("|".join(rf"(?<![^\W_])(?:{word})(?![^\W_])" for word in WORDS), re.IGNORECASE)
# They name the words.
LISTS = {"CONTRIBUTING.md", "tests/test_words.py", "tests/test_docs.py"}
SUFFIXES = {".py", ".md", ".toml", ".html", ".css", ".ipynb", ".yml", ".yaml", ""}


def texts():
    """Return the files of the project that people write, by their names."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if Path(name).suffix in SUFFIXES and name not in LISTS]


@pytest.mark.parametrize("name", texts())
def test_file_has_no_word_that_is_ruled_out(name):
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    found = [f"{number}: {match[0]}" for number, line in enumerate(lines, 1) for match in PATTERN.finditer(line)]
    assert found == []


@pytest.mark.parametrize("planted", ["as it is told", "def so_far():", "a tell-tale", "See to this", "set_apart = 1"])
def test_planted_word_is_found(planted):
    assert PATTERN.search(planted)


@pytest.mark.parametrize("plain", ["an apartment", "gravel", "recommended", "intellect", "amended", "stellar"])
def test_other_word_is_left_alone(plain):
    assert not PATTERN.search(plain)
