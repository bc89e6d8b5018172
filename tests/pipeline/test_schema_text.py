"""The text of a schema: what is wrong is named with its line, and a change leaves all else as it is written."""

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.errors import ConfigError
from pipeline.schema_text import edited, parse, read

TEXT = """# Reviewed in May.
feature {
  name: "miles"  # as the meter says
  type: FLOAT
  # zero is a mistake
  float_domain { min: 0.1 }
}

feature: < name: 'paid' type: BYTES domain: "kinds" >  # how it was paid
feature { name: "odd { # \\"name\\" }" type: INT }
# Ways to pay.
string_domain {
  name: "kinds"
  value: "card"  # the usual one
  value: "cash"
}
default_environment: "TRAINING"
"""


def schema(text=TEXT):
    return text_format.Parse(text, schema_pb2.Schema())


def changed(column, change, text=TEXT):
    """Return the text after a change of the schema, which it was held to."""
    before, after = schema(text), schema(text)
    change(after)
    found = edited(text, before, after, [column])
    assert schema(found) == after
    return found


def test_value_added_to_a_domain_adds_one_line():
    found = changed("paid", lambda after: after.string_domain[0].value.append('bit "coin"'))
    line = '  value: "bit \\"coin\\""\n'
    assert found == TEXT.replace('  value: "cash"\n', f'  value: "cash"\n{line}')


def test_changed_column_keeps_its_comments_and_every_other_line():
    found = changed("miles", lambda after: after.feature[0].float_domain.ClearField("min"))
    assert "  # as the meter says\n" in found
    assert "  # zero is a mistake\n" in found
    assert found.partition("feature: <")[2] == TEXT.partition("feature: <")[2]
    assert found.startswith("# Reviewed in May.\nfeature {\n")


@pytest.mark.parametrize(
    ("column", "position", "before"),
    [("paid", 1, "feature: <"), ('odd { # "name" }', 2, 'feature { name: "odd')],
)
def test_block_is_found_in_whatever_brackets_and_quotes_it_is_written(column, position, before):
    def change(after):
        after.feature[position].presence.min_count = 3

    found = changed(column, change)
    assert found.startswith(TEXT.partition(before)[0])
    assert "# how it was paid" in found
    assert "# Ways to pay.\n" in found


def test_new_column_with_its_domain_stands_after_those_that_are_there():
    def change(after):
        after.feature.add(name="größe", type=schema_pb2.BYTES, domain="größe")
        after.string_domain.add(name="größe", value=["s", "m"])

    before, after = schema(), schema()
    change(after)
    found = edited(TEXT, before, after, ["größe"])
    assert [each.name for each in schema(found).feature] == [each.name for each in after.feature]
    assert list(schema(found).string_domain[-1].value) == ["s", "m"]
    assert found.index('"größe"') > found.index("odd {")
    assert all(line in found.splitlines() for line in TEXT.splitlines())


def test_domain_that_changed_otherwise_is_written_anew_with_its_comments():
    def change(after):
        del after.string_domain[0].value[0]

    found = changed("paid", change)
    assert "  # the usual one\n" in found
    assert 'value: "card"' not in found


def test_column_added_to_an_empty_file_is_all_of_it():
    after = schema_pb2.Schema()
    after.feature.add(name="miles", type=schema_pb2.FLOAT)
    found = edited("", schema_pb2.Schema(), after, ["miles"])
    assert schema(found) == after


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('feature { name: "a" }\nfeature {\n  nmae: "b"\n}\n', "line 3"),
        ('feature {\n  name: "a"\n', "schema.pbtxt"),
        ('feature { name: "a" type: WORD }', "line 1"),
        ("{}", "line 1"),
        ('feature { name: "a" }\nfeature { name: "a" }', "expected each column once, received 'a' twice"),
        ('feature { name: "a }', "line 1"),
    ],
)
def test_text_that_is_no_schema_is_refused_with_its_line(text, sentence, tmp_path):
    file = tmp_path / "schema.pbtxt"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        read(file)
    assert str(refused.value).startswith(f"schema {file}")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert file.read_text() == text


@pytest.mark.parametrize(("content", "received"), [(None, "no such file"), (b"\xff\xfe", "bytes that are no UTF-8")])
def test_file_that_is_not_there_or_no_text_is_refused(content, received, tmp_path):
    file = tmp_path / "schema.pbtxt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=received):
        read(file)


def test_empty_text_is_a_schema_without_columns():
    assert list(parse("# nothing yet\n", "schema").feature) == []
