"""What changes something: tokens and their scopes, forms of other sites, aliases that others moved."""

import html
import re
import time

import httpx
import pytest

from penstock.dashboard.routes import actions
from penstock.dashboard.routes.forms import fields_of
from penstock.registry.documents import AliasMove, TokenBody
from penstock.registry.opening import open_registry
from tests.dashboard_site import Read, fill, site_of
from tests.penstock.reports.conftest import EVIL


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with site_of(fill(tmp_path_factory.mktemp("actions"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def tokens(site):
    """Tokens by their scope."""
    with open_registry(site.config) as registry:
        return {
            scope: registry.create_token(TokenBody(name=f"of-{scope}", scopes=(scope,)))[1]
            for scope in ("read", "promote", "write")
        }


class Browser:
    """A browser with its cookies."""

    def __init__(self, site):
        self.client = httpx.Client(base_url=site.client.base_url, timeout=600)

    def send(self, path, status=303, headers=None, **fields):
        answer = self.client.post(f"/p/taxi{path}", data=fields, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    def page(self, path):
        return self.client.get(f"/p/taxi{path}").text

    def fields(self, path, button):
        """Return the hidden fields of the form with a button."""
        [form] = [each for each in re.findall(r"<form.*?</form>", self.page(path), re.DOTALL) if button in each]
        return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


@pytest.fixture
def browser(site):
    opened = Browser(site)
    with opened.client:
        yield opened


@pytest.fixture
def promoter(browser, tokens):
    browser.send("/session", token=tokens["promote"])
    return browser


def pointed(site, alias="default"):
    with open_registry(site.config) as registry:
        return registry.alias(1, alias).version


def test_pages_have_no_form_that_changes_something_until_somebody_signs_in(browser, tokens):
    for path in ("/models", "/models/1", "/runs", "/schema", "/traffic"):
        assert 'method="post"' not in browser.page(path)
    answer = browser.send("/session", token=tokens["promote"])
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "As of-promote, who may promote." in browser.page("/session")
    for path in ("/models", "/models/1", "/runs", "/schema", "/traffic"):
        assert 'method="post"' in browser.page(path)
    assert tokens["promote"] not in "".join(browser.page(path) for path in ("/models", "/session", "/runs"))


def test_version_is_promoted_and_rolled_back_with_a_reason_by_the_owner_of_the_token(site, promoter):
    before = pointed(site)
    promoter.send("/models/2/promote", alias="default", why=EVIL, **promoter.fields("/models/2", "Point it"))
    assert (before, pointed(site)) == (1, 2)
    page = promoter.page("/models")
    assert "of-promote" in page
    assert EVIL not in page
    promoter.send("/aliases/default/rollback", why="wrong", **promoter.fields("/models", "Roll back default"))
    assert pointed(site) == 1


def test_alias_that_was_moved_since_the_page_was_shown_is_left_where_it_is(site, promoter):
    fields = promoter.fields("/models/2", "Point it")
    rollback = promoter.fields("/models", "Roll back default")
    with open_registry(site.config) as registry:
        registry.move_alias(1, "default", AliasMove(version=2, why="somebody else"))
    answer = promoter.send("/models/1/promote", 409, alias="default", why="x", **fields)
    assert "alias" in Read(answer.text).text
    promoter.send("/aliases/default/rollback", 409, why="x", **rollback)
    assert pointed(site) == 2
    with open_registry(site.config) as registry:
        registry.move_alias(1, "default", AliasMove(version=1, why="back"))


def test_alias_that_others_made_meanwhile_is_not_moved(site, promoter):
    fields = promoter.fields("/models/2", "Point it")
    with open_registry(site.config) as registry:
        registry.move_alias(1, "beta", AliasMove(version=1, why="somebody else"))
    promoter.send("/models/2/promote", 409, alias="beta", why="x", **fields)
    assert pointed(site, "beta") == 1


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"why": "  "}, 422, "the reason: expected why it is done"),
        ({"alias": "9"}, 422, "the alias '9'"),
        ({"alias": ""}, 422, "the alias ''"),
        ({"form": "other"}, 403, "one of a page of this session"),
        ({"form": None}, 403, "one of a page of this session"),
        ({"on-default": "x"}, 422, "expect"),
        ({"why": "w" * 5000}, 422, "why"),
    ],
)
def test_wrong_form_changes_nothing(site, promoter, changes, status, words):
    fields = {"alias": "default", "why": "x", **promoter.fields("/models/2", "Point it"), **changes}
    answer = promoter.send("/models/2/promote", status, **{k: v for k, v in fields.items() if v is not None})
    assert words.partition(":")[0] in Read(answer.text).text
    assert pointed(site) == 1


def test_form_of_another_site_changes_nothing(site, promoter):
    fields = {"alias": "default", "why": "x", **promoter.fields("/models/2", "Point it")}
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        promoter.send("/models/2/promote", 403, headers={"origin": origin}, **fields)
    assert pointed(site) == 1
    own = str(promoter.client.base_url).rstrip("/")
    promoter.send("/models/1/promote", headers={"origin": own}, **fields)


def test_each_path_that_changes_something_checks_where_its_form_comes_from():
    assert {route.dependant.call.__name__ for route in actions.router.routes if "POST" in route.methods} == {
        *("sign_in", "sign_out", "promote", "rollback", "start", "compare_rows", "accept", "drift")
    }
    for route in actions.router.routes:
        calls = str([each.call for each in _flat(route.dependant)])
        assert ("POST" in route.methods) == (str(fields_of) in calls)


def _flat(dependant):
    yield dependant
    for each in dependant.dependencies:
        yield from _flat(each)


def test_body_that_is_no_form_or_too_large_is_refused(promoter):
    for headers, content in (
        ({"content-type": "application/json"}, b"{}"),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=\xff\xfe"),
        ({"content-type": "application/x-www-form-urlencoded"}, b"a=" + b"b" * 70_000),
        ({"content-type": "application/x-www-form-urlencoded"}, b"&".join(b"a=1" for _ in range(30))),
    ):
        answer = promoter.client.post("/p/taxi/models/2/promote", content=content, headers=headers)
        assert answer.status_code == 422, content[:20]


def test_token_decides_what_is_allowed(site, browser, tokens):
    browser.send("/models/2/promote", 401, alias="default", why="x")
    browser.send("/session", 401, token="penstock_none")
    browser.send("/session", 401, token="")
    browser.send("/session", token=tokens["read"])
    answer = browser.send("/models/2/promote", 403, alias="default", why="x", **browser.fields("/models/2", "Point it"))
    assert "a token with the scope promote" in Read(answer.text).text
    answer = browser.send("/jobs/run", 403, **browser.fields("/runs", "Run again"))
    assert "a token with the scope write" in Read(answer.text).text
    assert pointed(site) == 1
    assert site.source.jobs.last() is None


def test_revoked_token_and_a_session_that_was_ended_change_nothing(site, browser):
    with open_registry(site.config) as registry:
        _, text = registry.create_token(TokenBody(name="short", scopes=("promote",)))
    browser.send("/session", token=text)
    fields = {"alias": "default", "why": "x", **browser.fields("/models/2", "Point it")}
    with open_registry(site.config) as registry:
        registry.revoke_token("short")
    browser.send("/models/2/promote", 401, **fields)
    browser.send("/session/end", form=fields["form"])
    assert "Sign in" in browser.page("/session")
    browser.send("/models/2/promote", 401, **fields)
    assert pointed(site) == 1


def test_run_is_started_and_its_output_is_shown(site, browser, tokens):
    browser.send("/session", token=tokens["write"])
    fields = browser.fields("/runs", "Run again")
    browser.send("/jobs/run", **fields)
    while site.source.jobs.last().code is None:
        time.sleep(0.01)
    page = browser.page("/runs")
    assert "ended with code 0" in page
    assert "it\\u001b[1m ran &lt;b&gt;" in page
    browser.send("/jobs/rm", 404, **fields)


def ended(jobs):
    while (job := jobs.last()).code is None:
        time.sleep(0.01)
    return job


def test_rows_are_compared_and_the_change_that_was_shown_is_accepted(site, browser, tokens):
    browser.send("/session", token=tokens["write"])
    browser.send("/schema/diff", **browser.fields("/schema", "Compare the rows"))
    assert ended(site.source.review).name == "schema diff"
    fields = browser.fields("/schema", "Accept &lt;script")
    assert (fields["expect"], html.unescape(fields["column"])) == ("0123456789abcdef", EVIL)
    assert EVIL not in browser.page("/schema")
    browser.send("/schema/accept", **{**fields, "column": "--all"})
    job = ended(site.source.review)
    assert "['--expect', '0123456789abcdef', '--', '--all']" in job.lines[0]
    # What is printed, is shown: by whom, and in whose name the command ran.
    assert f"owner of token {tokens['write'][-6:]}" in job.lines[-1]
    assert tokens["write"] not in browser.page("/schema")
    assert "accepted" in browser.page("/schema")
    browser.send("/schema/diff", **browser.fields("/schema", "Compare the rows"))
    ended(site.source.review)
    browser.send("/schema/accept", **browser.fields("/schema", "Accept all changes"))
    assert "['--expect', '0123456789abcdef', '--all']" in ended(site.source.review).lines[0]


def test_log_is_compared_with_the_training_data(site, browser, tokens):
    browser.send("/session", token=tokens["write"])
    browser.send("/traffic/drift", **browser.fields("/traffic", "Compare the columns"))
    assert f"['--log', '{site.config.path('requests')}', '--model', 'taxi']" in ended(site.source.drift).lines[0]
    page = browser.page("/traffic")
    assert "drifted" in page
    assert "0.500" in page
    assert "7 different (in training 5), mean length 12.5 bytes (in training 9)" in page
    assert EVIL not in page


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"expect": "x"}, 422),
        ({"expect": "--all-0123456789"}, 422),
        ({"expect": None}, 422),
        ({"all": "1"}, 422),
        ({"column": None}, 422),
        ({"form": "other"}, 403),
        ({"form": None}, 403),
    ],
)
def test_wrong_form_accepts_nothing(site, browser, tokens, changes, status):
    browser.send("/session", token=tokens["write"])
    fields = {"expect": "0123456789abcdef", "column": "miles", **browser.fields("/runs", "Run again"), **changes}
    before = site.source.review.last()
    browser.send("/schema/accept", status, **{k: v for k, v in fields.items() if v is not None})
    assert site.source.review.last() == before


@pytest.mark.parametrize("path", ["/schema/diff", "/schema/accept", "/traffic/drift"])
def test_token_without_the_scope_and_other_sites_start_nothing(site, browser, tokens, path):
    fields = {"expect": "0123456789abcdef", "column": "miles"}
    before = site.source.review.last(), site.source.drift.last()
    browser.send(path, 401, **fields)
    browser.send("/session", token=tokens["promote"])
    fields |= browser.fields("/session", "Sign out")
    answer = browser.send(path, 403, **fields)
    assert "a token with the scope write" in Read(answer.text).text
    browser.send("/session", token=tokens["write"])
    browser.send(path, 403, headers={"origin": "https://evil.example"}, **fields)
    assert (site.source.review.last(), site.source.drift.last()) == before
