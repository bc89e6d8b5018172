"""JSON lines: the columns, the types of values, and the errors for faulty lines."""

import json

import pytest

from penstock.core.errors import DataError
from penstock.serving.batch.json_rows import JsonRows


def read(path, text, size=100):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with JsonRows(path) as rows:
        batches = list(rows.batches(size))
        assert sum(batch.num_rows for batch in batches) == rows.count()
        assert all(tuple(batch.schema.names) == rows.names for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def test_columns_are_the_keys_of_all_objects(tmp_path):
    text = '{"a": 1}\n\n{"b": "x", "a": null}\n'
    assert read(tmp_path / "rows.jsonl", text) == [{"a": 1, "b": None}, {"a": None, "b": "x"}]


def test_key_that_few_objects_have_is_a_column(tmp_path):
    text = "".join(f'{{"a": {number}}}\n' for number in range(5000)) + '{"rare": 1}\n'
    assert read(tmp_path / "rows.jsonl", text)[-1] == {"a": None, "rare": 1}


@pytest.mark.parametrize("written", ["2014-05-01", "2014-05-01T12:00:00Z", "12:30:00", "007"])
def test_text_that_looks_like_another_type_stays_text(tmp_path, written):
    assert read(tmp_path / "rows.jsonl", f'{{"a": "{written}"}}') == [{"a": written}]


def test_column_of_several_kinds_becomes_text(tmp_path):
    assert read(tmp_path / "rows.jsonl", '{"a": 1}\n{"a": "x"}\n') == [{"a": "1"}, {"a": "x"}]


def test_nested_values_keep_their_shape(tmp_path):
    assert read(tmp_path / "rows.jsonl", '{"a": [1, 2], "b": {"c": true}}') == [{"a": [1, 2], "b": {"c": True}}]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": 2}]', '{\n"a": 1\n}\n{"a": 2}', '{"a": 1}\n{"a": 2}\n'])
def test_json_file_may_be_an_array_or_objects_in_any_layout(tmp_path, text):
    assert read(tmp_path / "rows.json", text) == [{"a": 1}, {"a": 2}]


def test_order_is_kept_over_a_large_file(tmp_path):
    text = "".join(f'{{"a": {number}, "text": "{"x" * 100}"}}\n' for number in range(50_000))
    assert [row["a"] for row in read(tmp_path / "rows.jsonl", text, 7000)] == list(range(50_000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"an empty file \(0 bytes\)"),
        ("\n\n", "received none with a key"),
        ("{}\n", "received none with a key"),
        ('{"a": 1}\n[1, 2]\n', r"line 2: expected one JSON object, received \[1, 2\]"),
        ("3\n", "line 1: expected one JSON object, received 3"),
        ('{"a": 1}\n\n{"a":\n', "line 3: .*Expecting value"),
        ('{"a": 1}\n{"a": 2} {"a": 3}\n', "line 2: .*Extra data"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "line 2: .*not UTF-8, 0xff at position 8"),
    ],
)
def test_faulty_line_is_reported_in_one_sentence(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path / "rows.jsonl", text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_byte_order_mark_is_no_part_of_the_first_key(tmp_path, name):
    assert read(tmp_path / name, '\ufeff{"a": 1}\n') == [{"a": 1}]


def test_texts_are_the_values_as_written_in_the_order_of_the_rows(tmp_path):
    values = ['"a\\"b"', "9007199254740993", "1.50", "true", "[1, 2]", '{"k": 1}', "null", "NaN"] * 500
    (tmp_path / "rows.jsonl").write_text("".join(f'{{"x": {value}}}\n' for value in values))
    with JsonRows(tmp_path / "rows.jsonl") as rows:
        column = rows.text_columns()["x"]
        pairs = zip(rows.batches(64), rows.texts([column.value, column.json], 64), strict=True)
        found = [pair for _, texts in pairs for pair in zip(*(column.to_pylist() for column in texts), strict=True)]
        assert rows.text(2, "x") == "9007199254740993"
    assert (
        found
        == [
            ('a"b', "VARCHAR"),
            ("9007199254740993", "UBIGINT"),
            ("1.5", "DOUBLE"),
            ("true", "BOOLEAN"),
            ("[1,2]", "ARRAY"),
            ('{"k":1}', "OBJECT"),
            (None, None),
            ("NaN", "DOUBLE"),
        ]
        * 500
    )


def test_keys_that_differ_only_in_capitals_are_refused(tmp_path):
    for text in ('{"a": 1, "A": 2}\n', '{"a": 1}\n{"A": 2}\n', '{"a_1": 1, "A_1": 3, "a": 3}\n'):
        with pytest.raises(DataError, match="names that differ by more than capitals"):
            read(tmp_path / "rows.jsonl", text)
    assert read(tmp_path / "rows.jsonl", '{"a": 1, "a_1": 2}') == [{"a": 1, "a_1": 2}]


@pytest.mark.parametrize("text", ["", "[]", "[1, 2]", '[{"a": 1}, {"a"', "3"])
def test_json_without_objects_is_refused(tmp_path, text):
    with pytest.raises(DataError, match="expected JSON objects") as caught:
        read(tmp_path / "rows.json", text)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_last_line_without_a_line_end_stays_the_last(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"n": number}) for number in range(50)))
    for _ in range(40):
        with JsonRows(path) as rows:
            found = [value for batch in rows.texts(["CAST(n AS BIGINT)"], 20) for value in batch.column(0).to_pylist()]
        assert found == list(range(50))
