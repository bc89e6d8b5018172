"""`[report]` and `[card]`: the defaults, the folder, and what is refused."""

import pytest

from penstock.core.errors import ConfigError
from tests.metadata_store import CONFIGURATION, configuration

CARD = """
[card]
owner = "Fleet team"
licence = "apache-2.0"
uses = ["rank rides"]
[[card.ethical]]
name = "bias between companies"
mitigation = "metrics by company"
"""


def test_reports_are_in_the_state_folder_unless_another_is_named(tmp_path):
    assert configuration(tmp_path).reports == tmp_path / "state" / "reports"
    assert configuration(tmp_path, "state.directory=other").reports == tmp_path / "other" / "reports"
    assert configuration(tmp_path, "report.directory=pages").reports == tmp_path / "pages"


def test_card_is_read(tmp_path):
    card = configuration(tmp_path, text=CONFIGURATION + CARD).card
    assert (card.owner, card.uses, card.ethical[0].mitigation) == ("Fleet team", ("rank rides",), "metrics by company")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("report.rows=-1", "at least 0"),
        ("report.rows=30000", "at most 20000"),
        ("report.permutations=0", "at least 1"),
        ("report.write=often", "`true` or `false`"),
        ("report.directory=gs://bucket/reports", "a folder of this machine"),
        ("report.folder=x", "directory"),
        ("card.license=mit", "licence"),
        ("card.uses=rank rides", "a list"),
        ("card.owner=''", "not empty"),
        ("card.ethical=[{mitigation='x'}]", "name"),
    ],
)
def test_wrong_value_is_refused(tmp_path, setting, expected):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, setting)
    assert expected in str(caught.value)
