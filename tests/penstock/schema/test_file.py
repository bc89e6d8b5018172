"""The text of a schema: an error names its line, and an edit leaves everything else unchanged."""

import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.core.errors import ConfigError
from penstock.schema.file import describe, edit_text, parse, read
from tests.examples import examples

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
    """Return the text after a change of the schema in it."""
    before, after = schema(text), schema(text)
    change(after)
    found = edit_text(text, before, after, [column])
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
def test_block_is_found_with_any_brackets_and_quotes(column, position, before):
    def change(after):
        after.feature[position].presence.min_count = 3

    found = changed(column, change)
    assert found.startswith(TEXT.partition(before)[0])
    assert "# how it was paid" in found
    assert "# Ways to pay.\n" in found


def test_new_column_with_its_domain_follows_the_existing_ones():
    def change(after):
        after.feature.add(name="größe", type=schema_pb2.BYTES, domain="größe")
        after.string_domain.add(name="größe", value=["s", "m"])

    before, after = schema(), schema()
    change(after)
    found = edit_text(TEXT, before, after, ["größe"])
    assert [each.name for each in schema(found).feature] == [each.name for each in after.feature]
    assert list(schema(found).string_domain[-1].value) == ["s", "m"]
    assert found.index('"größe"') > found.index("odd {")
    assert all(line in found.splitlines() for line in TEXT.splitlines())


def test_new_column_follows_the_comment_of_the_one_before_it():
    text = 'feature { name: "a" type: INT }  # the first\n\n# The end.\n'
    found = changed("b", lambda after: after.feature.add(name="b", type=schema_pb2.FLOAT), text)
    first, rest = text.split("\n", 1)
    assert found == f'{first}\nfeature {{\n  name: "b"\n  type: FLOAT\n}}\n{rest}'


def test_new_column_after_a_block_on_the_same_line_is_a_block_of_its_own():
    text = 'feature { name: "a" type: BYTES domain: "d" } string_domain { name: "d"\n value: "x" }\n'
    changed("b", lambda after: after.feature.add(name="b", type=schema_pb2.FLOAT), text)


def test_domain_that_changed_otherwise_is_rewritten_with_its_comments():
    def change(after):
        del after.string_domain[0].value[0]

    found = changed("paid", change)
    assert "  # the usual one\n" in found
    assert 'value: "card"' not in found


def test_column_added_to_an_empty_file_is_all_of_it():
    after = schema_pb2.Schema()
    after.feature.add(name="miles", type=schema_pb2.FLOAT)
    after.feature.add(name="paid", type=schema_pb2.BYTES, domain="paid")
    after.string_domain.add(name="paid", value=["cash"])
    found = edit_text("", schema_pb2.Schema(), after, ["miles", "paid"])
    assert schema(found) == after
    assert found.startswith("feature {\n")
    assert "\nstring_domain {\n" in found
    assert found.endswith("}\n")


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
def test_file_that_is_missing_or_no_text_is_refused(content, received, tmp_path):
    file = tmp_path / "schema.pbtxt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=received):
        read(file)


def test_empty_text_is_a_schema_without_columns():
    assert list(parse("# nothing yet\n", "schema").feature) == []


NAMES = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=6)


@st.composite
def schemas(draw):
    """Return a schema with any names and values."""
    found = schema_pb2.Schema()
    for name in draw(st.lists(NAMES, unique=True, max_size=4)):
        feature = found.feature.add(name=name, type=draw(st.sampled_from([1, 2, 3])))
        if draw(st.booleans()):
            feature.presence.min_count = draw(st.integers(0, 9))
        if draw(st.booleans()):
            feature.domain = f"of {name}"
            found.string_domain.add(name=feature.domain, value=draw(st.lists(NAMES, unique=True, max_size=3)))
    return found


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(schemas(), schemas(), st.booleans())
def test_any_column_of_another_schema_can_be_added(before, other, as_utf8):
    text = '# Reviewed { "\n' + text_format.MessageToString(before, as_utf8=as_utf8)
    after = schema_pb2.Schema()
    after.CopyFrom(before)
    for kind in ("feature", "string_domain"):
        known = {each.name: each for each in getattr(after, kind)}
        for each in getattr(other, kind):
            (known.get(each.name) or getattr(after, kind).add()).CopyFrom(each)
    found = edit_text(text, before, after, [each.name for each in other.feature])
    assert schema(found) == after
    assert found.startswith('# Reviewed { "\n')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("type: FLOAT presence { min_fraction: 1 }", ("number", "in every row", "anything")),
        ("type: INT presence { min_fraction: 0.5 }", ("whole number", "in 50% of the rows", "anything")),
        ("type: BYTES presence { min_count: 1 }", ("text", "in some row", "anything")),
        ("type: INT bool_domain {}", ("truth value", "no", "true, false")),
        ("type: INT int_domain { min: 1 max: 6000 }", ("whole number", "no", "1 to 6,000")),
        ("type: FLOAT float_domain { max: 0.25 }", ("number", "no", "any to 0.25")),
        ('type: BYTES domain: "kinds"', ("text", "no", "a, b, c, d, e, f and 2 more")),
        ('type: BYTES domain: "unknown"', ("text", "no", "")),
        ('type: BYTES string_domain { value: "only" }', ("text", "no", "only")),
        ("type: STRUCT", ("struct", "no", "anything")),
    ],
)
def test_column_is_described_in_words(text, words):
    assert describe(text_format.Parse(text, schema_pb2.Feature()), {"kinds": list("abcdefgh")}) == words
