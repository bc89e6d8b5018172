"""The proposed file is TOML with the values of the proposal, for any names of columns."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.config.config import Config
from penstock.core.features import ROLES
from penstock.proposal.checks import Checks
from penstock.proposal.formats import Formats
from penstock.proposal.label_options import parse_options
from penstock.proposal.proposal import Proposal
from penstock.proposal.protected import Protected
from penstock.proposal.quick_model import QuickScores
from penstock.proposal.roles import Choice
from penstock.proposal.task import choose_task
from penstock.proposal.toml import PipelineSettings, family, toml_text
from tests.penstock.proposal.proposals import column, label

PLACE = PipelineSettings("rides", "rows.csv")


def proposal(*choices, query=None, **facts):
    known = label()
    whole = {
        "label": known,
        "task": choose_task(known),
        "choices": choices,
        "profiles": {choice.column: column(choice.column) for choice in choices},
        "query": query,
        "metric": "auc",
        "threshold": 0.7,
        "quick_scores": QuickScores(0.5, 0.9, 300),
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
    assert read["evaluation"] == {"metric": "auc", "min": 0.7, "not_worse_than_linear": True}
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


WHOLE = """\
# Proposed by `penstock init` from all 1,000 rows: review it, it is yours.
# Mind the gap.

name = "rides"

[data]
source = "rows.csv"
partitions = true  # folders named key=value are columns
# The query makes the label and the columns what the model can use.
query = \"\"\"
SELECT *
  EXCLUDE ("a \\\\ b")
FROM source
\"\"\"
label = "label"

[data.formats]
# The formats of columns that are ambiguous or not plain:
day = "%d/%m/%Y"

[data.missing]
# Texts that mark a missing value, in addition to the usual ones:
day = ["n.k.", "soon"]

[data.split]
eval = 0.33

[features]
fare = "numeric"
"pick up" = "hour"  # 0 to 23 by name and range
# Left out; remove the comment sign to use one:
# id = "numeric"  # identifier: it numbers the rows

[model]
family = "auto"
task = "binary"  # two values without a known meaning; the rarer one, 'b', is the positive class

[schema]
file = "schema.pbtxt"

[evaluation]
metric = "auc"
# On 300 rows of a sample a constant reached 0.5, a quick model
# 0.9; the threshold is that with a margin for so few rows.
min = 0.7
not_worse_than_linear = true
# min_improvement = 0.0 would also ask for a model no worse than the latest blessed one.
slices = ["fare", "pick up"]

[push]
directory = "models/rides"
"""


def test_a_whole_file_has_its_comments_order_and_layout():
    made = proposal(
        Choice("fare", "numeric", "numbers"),
        Choice("pick up", "hour", "0 to 23 by name and range"),
        Choice("id", "", "identifier: it numbers the rows", "numeric"),
        query='SELECT *\n  EXCLUDE ("a \\ b")\nFROM source',
        formats=Formats({"day": "%d/%m/%Y"}, {"day": ("n.k.", "soon")}, {}),
        slices=("fare", "pick up"),
        warnings=("Mind the gap.",),
    )
    assert toml_text(made, PipelineSettings("rides", "rows.csv", partitions=True)) == WHOLE


# Any text without lone surrogates, and often a character with a meaning in TOML.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    st.sampled_from("ab.\"'\\ #=[]\n\r\t\x1b\x7f\u2028é")
)


@pytest.mark.slow
@given(names=st.lists(TEXTS, unique=True, min_size=1, max_size=5), texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_any_names_of_columns_and_any_texts_come_back_as_they_were(names, texts):
    kept = [Choice(name, "numeric", text) for name, text in zip(names, texts, strict=False)]
    left = [Choice(f"{name}?", "", text, "numeric") for name, text in zip(names, texts, strict=False)]
    formats = Formats(dict.fromkeys(names, texts[0]), dict.fromkeys(names, tuple(texts)), {})
    made = proposal(*kept, *left, formats=formats, slices=tuple(names), warnings=tuple(texts))
    read = tomllib.loads(toml_text(made, PipelineSettings("rides", texts[0], texts[-1], texts[0])))
    assert (read["data"]["source"], read["data"]["table"], read["schema"]["file"]) == (texts[0], texts[-1], texts[0])
    assert read["features"] == {choice.column: "numeric" for choice in kept}
    assert read["data"]["formats"] == dict.fromkeys(names, texts[0])
    assert read["data"]["missing"] == dict.fromkeys(names, texts)
    assert read["evaluation"]["slices"] == names


@given(query=TEXTS)
def test_any_query_comes_back_as_it_was(query):
    query = query.strip() or "SELECT 1"
    read = tomllib.loads(toml_text(proposal(Choice("fare", "numeric", ""), query=query), PLACE))
    assert read["data"]["query"].removesuffix("\n") == query


@given(name=TEXTS)
def test_a_column_that_was_left_out_can_be_included_by_deleting_the_comment_sign(name):
    text = toml_text(proposal(Choice(name, "", "", "numeric")), PLACE)
    [line] = [line for line in text.splitlines() if ' = "numeric"  # ' in line]
    assert tomllib.loads(line.removeprefix("# ")) == {name: "numeric"}


@pytest.mark.parametrize(("name", "written"), [("a_b-1", "a_b-1"), ("a.b", '"a.b"'), ('"', '"\\""'), ("", '""')])
def test_a_key_is_quoted_where_it_must_be(name, written):
    made = proposal(Choice(name, "numeric", "numbers"), warnings=("a\nb\x00",))
    lines = toml_text(made, PipelineSettings("rides", "é\x7f")).split("\n")
    assert f'{written} = "numeric"' in lines
    assert 'source = "é\\u007f"' in lines
    assert "# a b " in lines


def test_a_table_of_a_database_is_named_where_no_query_is_needed():
    place = PipelineSettings("rides", "sqlite:///rides.sqlite", "rides")
    chosen = Choice("fare", ROLES[0], "numbers")
    assert tomllib.loads(toml_text(proposal(chosen), place))["data"]["table"] == "rides"
    assert "table" not in tomllib.loads(toml_text(proposal(chosen, query="SELECT 1"), place))["data"]


def test_a_score_that_could_not_be_estimated_is_noted_in_the_file():
    text = toml_text(
        proposal(Choice("fare", "numeric", "numbers"), quick_scores=None, metric="rmse", threshold=1e30), PLACE
    )
    assert tomllib.loads(text)["evaluation"]["max"] == 1e30
    assert "set this yourself" in text


@pytest.mark.parametrize(
    ("error", "words"),
    [(0.0213, "that with the sampling error of two samples, 0.03."), (0.0, "a margin for so few rows.")],
)
def test_model_has_to_be_as_good_as_the_quick_one_and_as_the_linear_one(error, words):
    text = toml_text(
        proposal(Choice("fare", "numeric", "numbers"), quick_scores=QuickScores(0.5, 0.9, 300, error)), PLACE
    )
    assert words in text
    assert tomllib.loads(text)["evaluation"]["not_worse_than_linear"] is True


def test_the_threshold_of_a_constant_alone_is_noted_as_such():
    found = QuickScores(12.345, None, 40)
    text = toml_text(
        proposal(Choice("fare", "numeric", "numbers"), quick_scores=found, metric="rmse", threshold=12.6), PLACE
    )
    assert "# On 40 rows of a sample a constant reached 12.35, which is the threshold;\n" in text
    assert tomllib.loads(text)["evaluation"]["max"] == 12.6


def test_section_of_fairness_is_a_comment_that_is_accepted_without_its_signs():
    protected = (Protected("sex", "sex", "by its name"), Protected('a "b"', "age", "by its name", (40.0,)))
    text = toml_text(proposal(Choice("x", "numeric", "numbers"), checks=Checks(protected=protected)), PLACE)
    assert "fairness" not in tomllib.loads(text)
    head, section = text.split("# [fairness]\n")
    commented, rest = section.split("\n\n", 1)
    lines = "\n".join(line.removeprefix("# ") for line in ["[fairness]", *commented.splitlines()])
    config = Config.model_validate(tomllib.loads(f"{head}\n{lines}\n\n{rest}"))
    assert config.fairness.attributes == ("sex", 'a "b"')
    assert (config.fairness.min_ratio, config.fairness.bins) == (0.8, {'a "b"': (40.0,)})


def test_loss_and_order_are_in_the_file_as_the_configuration_has_them():
    numbers = label("number", "DOUBLE", tuple((n / 4, 3) for n in range(40)))
    task = choose_task(numbers, parse_options("quantile=0.9", None))
    made = proposal(Choice("x", "numeric", ""), label=numbers, task=task, metric=task.metric, threshold=2.5)
    config = Config.model_validate(tomllib.loads(toml_text(made, PLACE)))
    assert (config.loss, config.evaluation.metric, config.evaluation.max) == (task.loss, "pinball", 2.5)
    for known, order in ((label(counts=(("a", 9), ("b", 3), ("c d", 3))), "b,c d,a"), (GRADES, "3,2,1")):
        task = choose_task(known, parse_options(None, order))
        made = proposal(Choice("x", "numeric", ""), label=known, task=task, metric=task.metric)
        read = tomllib.loads(toml_text(made, PLACE))
        assert all(isinstance(value, int) for value in read["data"]["label_order"]) == (known is GRADES)
        config = Config.model_validate(read)
        assert (",".join(config.data.label_order), config.evaluation.min) == (order, 0.7)


GRADES = label("integer", "BIGINT", ((1, 9), (2, 9), (3, 9)))
