import pytest
from pydantic import ValidationError

from penstock.core.documents.card import Card
from tests.penstock.reports.run.reports import card


def test_card_is_read_as_it_was_written():
    assert Card.model_validate_json(card().model_dump_json()) == card()


def test_card_with_an_unknown_field_is_refused():
    with pytest.raises(ValidationError):
        Card.model_validate_json('{"name": "tips", "license": "mit"}')
