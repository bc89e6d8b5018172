"""The page of the schema: its history in words."""

from pathlib import Path

from penstock.dashboard.pages import schema
from penstock.dashboard.sources import Shown, Sources
from penstock.registry.acceptance import AcceptedChange, SchemaAcceptance
from penstock.registry.opening import open_registry
from tests.dashboard_site import RUNS
from tests.metadata_store import StoreBuilder, configuration
from tests.penstock.reports.conftest import EVIL

FIRST = """
feature { name: "kind" type: BYTES domain: "kinds" presence { min_fraction: 1.0 min_count: 1 } }
feature { name: "old" type: INT }
string_domain { name: "kinds" value: "a" value: "b" }
"""
SECOND = """
feature { name: "kind" type: BYTES domain: "kinds" not_in_environment: "SERVING" }
feature { name: "new" type: FLOAT float_domain { min: 0 max: 1 } }
string_domain { name: "kinds" value: "b" value: "c" }
"""
THIRD = SECOND.replace("max: 1", "max: 2")


def recorded(folder, *texts):
    builder = StoreBuilder(configuration(folder))
    for number, text in enumerate(texts):
        made = builder.node(f"run-{number}", "SchemaGen", outputs={"schema": ("Schema", {})})
        [artifact] = builder.store.get_artifacts_by_id([made["schema"]])
        Path(artifact.uri).mkdir(parents=True)
        if text is not None:
            Path(artifact.uri, "schema.pbtxt").write_text(text)
    return Sources.of([Shown(builder.config)]).find("taxi")


def test_changes_from_run_to_run_are_in_words_the_newest_first(tmp_path):
    third, second, first = schema.history(recorded(tmp_path, FIRST, FIRST, SECOND, THIRD))
    assert (first.run.id, first.columns, first.changes) == ("run-0", 2, ())
    assert [(each.column, each.kind, each.words) for each in second.changes] == [
        (
            "kind",
            "changed",
            "must be there: in every row became no; not in the environments: none became SERVING; "
            "may hold also c; no longer a",
        ),
        ("new", "added", "number"),
        ("old", "removed", ""),
    ]
    assert [each.words for each in third.changes] == ["may hold: 0 to 1 became 0 to 2"]


def test_schema_that_cannot_be_read_is_said_and_the_others_are_compared(tmp_path):
    steps = schema.history(recorded(tmp_path, FIRST, "feature {", None, SECOND))
    assert [bool(step.fault) for step in steps] == [False, True, True, False]
    assert len(steps[0].changes) == 3


def test_schema_that_the_next_run_uses_is_shown_or_why_there_is_none(site, tmp_path):
    found = schema.current(site.source)
    assert (found.origin, [each["column"] for each in found.columns]) == ("schema.file schema.pbtxt", [EVIL, "miles"])
    assert "expected schema.file, or a run that inferred one" in schema.current(recorded(tmp_path)).fault


def test_page_has_history_and_how_to_review(site):
    page = site.page("/schema")
    assert "may hold also" in page.text
    assert f"/p/taxi/runs/{RUNS[0]}" in page.links
    assert "penstock schema diff" in page.text


def test_acceptances_are_listed_with_the_token_and_the_user_newest_first(tmp_path):
    source = recorded(tmp_path)
    assert schema.accepted(source) == ([], "")
    with open_registry(source.config, actor="ann") as registry:
        model = registry.create_model(registry.create_project("taxi").id, "taxi")
        for user, column in (("root", "paid"), ("ann", "miles")):
            changes = (AcceptedChange(column=column, change="may hold anything"),)
            registry.accept_schema(model.id, SchemaAcceptance(file="s", digest="0" * 64, changes=changes, user=user))
    found, fault = schema.accepted(source)
    assert ([each.who for each in found], fault) == (["ann", "ann, as user root"], "")
    assert [each.body.changes[0].column for each in found] == ["miles", "paid"]


def test_registry_that_cannot_be_read_is_said(tmp_path):
    source = recorded(tmp_path)
    file = source.config.path("state/registry.sqlite")
    file.parent.mkdir(exist_ok=True)
    file.write_text("no database")
    found, fault = schema.accepted(source)
    assert found == []
    assert "registry" in fault


def test_schema_of_another_store_in_the_same_folder_is_shown(tmp_path):
    source = recorded(tmp_path, FIRST)
    assert schema.history(source)[0].columns == 2
    # As after the state was removed, and another run made the first artifact again.
    [file] = tmp_path.rglob("schema.pbtxt")
    file.write_text("")
    assert schema.history(source)[0].columns == 0
