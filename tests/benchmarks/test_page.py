"""What the pages of all benchmarks are made of."""

from benchmarks import page
from tests.benchmarks.figures import FACTS


def test_table_puts_figures_to_the_right_and_words_to_the_left():
    assert page.table(("Node", "Seconds"), [("Trainer", "1.0")], words=("Node",)) == (
        "| Node | Seconds |\n| --- | ---: |\n| Trainer | 1.0 |\n"
    )


def test_machine_is_shown_with_the_versions_and_the_day():
    text = page.machine(FACTS)
    assert "A processor, 2 cores, 8 GB; A system." in text
    assert "tfx 1.16.0; Python 3.11.7" in text
    assert text.endswith("2026-11-21.\n")


def test_page_leaves_out_empty_sections_and_appears_whole(tmp_path):
    page.write(page.joined(["# One\n", "", "\n\nTwo\n\n"]), tmp_path / "page.md")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("page.md", "# One\n\nTwo\n")]
