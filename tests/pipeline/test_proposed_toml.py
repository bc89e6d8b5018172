"""The file of a proposal is TOML that means what was proposed, whatever the columns are called."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.features import ROLES
from pipeline.config import Config
from pipeline.proposal import Proposal
from pipeline.proposed_formats import Formats
from pipeline.proposed_roles import Choice
from pipeline.proposed_task import choose_task
from pipeline.proposed_toml import Place, comment, family, key, quoted, toml_text
from tables.quick_model import Figures
from tests.pipeline.proposals import column, label

PLACE = Place("rides", "rows.csv")


def proposal(*choices, query=None, **facts):
    known = label()
    whole = {
        "label": known,
        "task": choose_task(known),
        "choices": choices,
        "profiles": {choice.column: column(choice.column) for choice in choices},
        "query": query,
        "metric": "auc",
        "bound": 0.7,
        "figures": Figures(0.5, 0.9, 300),
        "slices": (),
        "warnings": (),
        "rows": 1000,
        "sampled": 1000,
        **facts,
    }
    return Proposal(**whole)


def test_a_file_says_what_was_proposed_and_why():
    left = Choice("user id", "", "identifier: it numbers the rows", "numeric")
    gone = Choice("empty", "", "no value in any row")
    made = proposal(Choice("fare", "numeric", "numbers"), left, gone, warnings=("Mind the gap.",), sampled=10)
    text = toml_text(made, PLACE)
    read = tomllib.loads(text)
    Config.model_validate(read)
    assert read["features"] == {"fare": "numeric"}
    assert read["model"] == {"family": family(), "task": "binary"}
    assert read["evaluation"] == {"metric": "auc", "min": 0.7}
    assert "# Mind the gap." in text
    assert "10 of 1,000 rows" in text
    assert '# "user id" = "numeric"  # identifier' in text
    assert "# empty: no value in any row" in text
    assert "a constant reached 0.5, a quick model" in text
    back = tomllib.loads(text.replace('# "user id"', '"user id"'))
    assert back["features"] == {"fare": "numeric", "user id": "numeric"}


def test_how_columns_are_read_comes_back_from_the_file():
    formats = Formats({"a b": "%d/%m/%Y", "p": "$1,234.5"}, {"p": ("n.k.", 'a "b"')}, {"p": "Mind it."})
    read = Config.model_validate(tomllib.loads(toml_text(proposal(Choice("p", "numeric", ""), formats=formats), PLACE)))
    assert (read.data.formats, read.data.missing) == (formats.formats, formats.missing)


@given(name=st.text(st.characters(blacklist_categories=["Cs"]), min_size=1), query=st.text(max_size=60))
def test_any_name_and_any_query_come_back_as_they_were(name, query):
    query = query.replace("\r", " ").strip() or "SELECT 1"
    choices = (Choice(name, "numeric", name), Choice(f"{name}?", "", name, "numeric"))
    read = tomllib.loads(toml_text(proposal(*choices, query=query, slices=(name,)), Place("rides", name)))
    assert read["data"]["source"] == name
    assert "\n".join(read["data"]["query"].splitlines()) == "\n".join(query.splitlines())
    assert list(read["features"]) == [name]
    assert read["evaluation"]["slices"] == [name]


@pytest.mark.parametrize(("name", "written"), [("a_b-1", "a_b-1"), ("a.b", '"a.b"'), ('"', '"\\""'), ("", '""')])
def test_a_key_is_quoted_where_it_must_be(name, written):
    assert key(name) == written
    assert quoted("é\x7f") == '"é\\u007f"'
    assert comment("a\nb\x00") == "# a b "


def test_a_table_of_a_database_is_named_where_no_query_is_needed():
    place = Place("rides", "sqlite:///rides.sqlite", "rides")
    chosen = Choice("fare", ROLES[0], "numbers")
    assert tomllib.loads(toml_text(proposal(chosen), place))["data"]["table"] == "rides"
    assert "table" not in tomllib.loads(toml_text(proposal(chosen, query="SELECT 1"), place))["data"]


def test_rows_that_could_not_tell_are_told_in_the_file():
    text = toml_text(proposal(Choice("fare", "numeric", "numbers"), figures=None, metric="rmse", bound=1e30), PLACE)
    assert tomllib.loads(text)["evaluation"]["max"] == 1e30
    assert "set this yourself" in text


def test_the_bound_of_a_constant_alone_is_told_as_such():
    found = Figures(12.345, None, 40)
    text = toml_text(proposal(Choice("fare", "numeric", "numbers"), figures=found, metric="rmse", bound=12.6), PLACE)
    assert "# On 40 rows of a sample a constant reached 12.35, which is the bound;\n" in text
    assert tomllib.loads(text)["evaluation"]["max"] == 12.6
