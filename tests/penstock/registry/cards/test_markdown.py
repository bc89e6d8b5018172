import pytest

from penstock.registry.cards.markdown import table, text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("trip_miles", "trip_miles"),
        ("_a_ *b* `c`", "\\_a\\_ \\*b\\* \\`c\\`"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("[x](y)", "\\[x\\](y)"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31m", "\\u001b\\[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a|b\\|c", "a\\|b\\\\\\|c"),
        (3.5, "3.5"),
    ],
)
def test_text_has_no_markup(given, expected):
    assert text(given) == expected


def test_table_has_a_line_for_each_row():
    assert table(("A", "B"), [("1", "x|y")]) == ["| A | B |", "| --- | --- |", "| 1 | x\\|y |"]
