"""The registry for somebody who is signed in."""

import pytest

from penstock.dashboard.acting import acting, check_scope, owner_of
from penstock.dashboard.sessions import Sessions
from penstock.dashboard.sources import Shown, Sources
from penstock.registry.documents import AliasMove, TokenBody
from penstock.registry.errors import Forbidden, Unauthorized
from penstock.registry.opening import open_registry
from tests.dashboard_site import fill
from tests.metadata_store import CONFIGURATION, configuration
from tests.registry_server import started


def move(source, session):
    with acting(source, session, "promote") as registry:
        registry.move_alias(source.model(registry).id, "beta", AliasMove(version=1, why="x"))


@pytest.mark.slow
def test_registry_behind_a_server_checks_the_token_itself(tmp_path):
    fill(tmp_path)
    with open_registry(configuration(tmp_path)) as registry:
        tokens = [registry.create_token(TokenBody(name=each, scopes=(each,)))[1] for each in ("read", "promote")]
    uri = f"sqlite:///{tmp_path}/state/registry.sqlite"
    (tmp_path / "server").mkdir()
    with started(tmp_path / "server", uri=uri) as (_, url):
        section = f'[registry]\nuri = "{url}"\n[data]'
        config = configuration(tmp_path, text=CONFIGURATION.replace("[data]", section))
        source = Sources.of([Shown(config)]).find("taxi")
        reader, promoter = (Sessions().begin("taxi", text, owner_of(source, text)) for text in tokens)
        with pytest.raises(Forbidden):
            move(source, reader)
        move(source, promoter)
        with source.registry() as registry:
            model = source.model(registry)
            assert registry.alias(model.id, "beta").version == 1
            assert [event.actor for event in registry.events(model_id=model.id).items][-1] == "promote"
        with pytest.raises(Unauthorized):
            owner_of(source, "penstock_other")


def test_token_without_a_registry_is_unknown(tmp_path):
    source = Sources.of([Shown(configuration(tmp_path))]).find("taxi")
    with pytest.raises(Unauthorized, match="no registry yet"):
        owner_of(source, "x")


def test_administrator_may_do_all(tmp_path):
    with open_registry(configuration(tmp_path)) as registry:
        admin, reader = (registry.create_token(TokenBody(name=each, scopes=(each,)))[0] for each in ("admin", "read"))
    check_scope(admin, "promote")
    with pytest.raises(Forbidden, match="the token of read: expected a token with the scope promote"):
        check_scope(reader, "promote")
