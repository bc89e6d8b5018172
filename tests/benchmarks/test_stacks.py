"""Penstock on both stacks."""

from benchmarks import report, stacks
from benchmarks.results import Results
from benchmarks.stacks import Next, imports, lines, others
from benchmarks.systems import PROJECT
from tests.benchmarks.figures import entry, results

IMPORTS = {"penstock": [5.0, 4.0, 6.0], "next": [4.1, 4.6, 9.0], "entering": [0.1, 0.1, 0.2]}


def measured() -> Results:
    found = results()
    for repeat, seconds in ((1, 20.0), (2, 30.0), (3, 25.0)):
        found.measurements.append({**entry("next", 15_002, seconds, repeat=repeat), "peak_rss": 1_100_000_000})
    found.measurements.append({**entry("next", 15_002, 3.0, run="second"), "peak_rss": 500_000_000})
    return found


def test_lines_have_the_medians_of_both_stacks_and_their_ratio():
    assert lines(measured()) == [
        ("15,002", "first", "20.0", "25.0", "1.25", "1.00 GB", "1.10 GB", "1.10"),
        ("15,002", "second, unchanged", "4.0", "3.0", "0.75", "1.00 GB", "0.50 GB", "0.50"),
    ]


def test_imports_are_those_without_entering_the_debian():
    words = imports(IMPORTS)
    assert "take 5.00 s with TFX 1.16 and 4.50 s with TFX 1.21, a ratio of 0.90 (medians of 3)" in words
    assert "Entering the Debian takes 0.10 s" in words


def test_page_has_a_section_of_both_stacks_where_both_were_measured():
    found = measured()
    found.parts["stacks"] = IMPORTS
    text = report.render(found, "")
    assert "| 15,002 | first | 20.0 | 25.0 | 1.25 | 1.00 GB | 1.10 GB | 1.10 |" in text.splitlines()
    assert imports(IMPORTS).strip() in text
    # The targets are those of TFX 1.16, whatever was measured of the other.
    assert report.render(results(), "") == text.replace(text[text.index("## TFX 1.21") : text.index("## What a")], "")


def test_other_stack_is_measured_only_where_it_is_installed_next_to_the_older_one(tmp_path, monkeypatch):
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    monkeypatch.setattr("sys.version_info", (3, 11, 7))
    assert others() == ()
    (tmp_path / "penstock" / ".venv").mkdir(parents=True)
    assert [system.name for system in others()] == ["next"]
    monkeypatch.setattr("sys.version_info", (3, 13, 5))
    assert others() == ()


def test_command_runs_in_the_debian_in_the_environment_of_the_others(tmp_path):
    folder = Next().folder(tmp_path / "benchmark" / "15002.csv")
    command = Next().command(folder)
    assert command.words[:3] == [str(PROJECT / "scripts" / "next-root"), "run", "env"]
    assert command.words[-3:] == ["/penstock/.venv/bin/penstock", "run", "--json"]
    assert {"LANG=C.UTF-8", "NO_GCE_CHECK=true"} <= set(command.words)
    assert command.environment["FOLDER"] == "/var/tmp/penstock-benchmark"
    assert command.output.parent == folder.parent
    assert (folder / "..").resolve() == stacks.ROOT / "var" / "tmp"


def test_what_is_not_measured_is_said_in_one_sentence():
    assert stacks.SKIPPED.count(".") - stacks.SKIPPED.count(".tools") - stacks.SKIPPED.count("1.21") == 1
