"""An input is passed to the node that reads it as plain data."""

from penstock.tables.input import Input


def test_an_input_comes_back_from_its_plain_form_whole():
    for given in (
        Input("rows.csv"),
        Input("rows.csv", "FROM source", "^"),
        Input("rows.csv", quarantine="q", roles={"n": "numeric"}),
    ):
        assert Input(**given.as_dict()) == given


def test_what_is_not_set_is_not_written():
    assert Input("rows.csv").as_dict() == {"source": "rows.csv"}
