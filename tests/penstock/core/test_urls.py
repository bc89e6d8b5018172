"""URLs: distinguished from files, and shown without passwords."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import URL, make_url

from penstock.core.urls import holds_password, is_remote, mask_password, server_url, split_table, without_secrets


def test_urls_of_databases_are_distinguished_from_files():
    assert [
        url for url in ("sqlite:///a", "postgresql://h/d", "mysql://h/d", "bigquery://p") if not is_remote(url)
    ] == []
    assert [path for path in ("rows.csv", "mysql", "/a/b*.parquet", "s3://bucket/x") if is_remote(path)] == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:secret@host:5432/db", "postgresql://ada@host:5432/db"),
        ("mysql://ada:s3:cr@t@host/db", "mysql://ada@host/db"),
        ("postgresql://ada@host/db?sslmode=require&password=secret", "postgresql://ada@host/db?sslmode=require"),
        ("postgresql://host/db?password=secret&sslpassword=secret", "postgresql://host/db"),
        ("postgresql://host:5432/db?sslmode=require", "postgresql://host:5432/db?sslmode=require"),
        ("postgresql://:secret@/db", "postgresql://@/db"),
        ("postgresql://ada:secret@[::1]:5432/db", "postgresql://ada@[::1]:5432/db"),
        ("postgresql://host:5432/db?password=sec@ret:x", "postgresql://host"),
        ("mysql://ada:s?password=x@host/db", "mysql://ada"),
        ("mysql://ad@a:sec:ret@host/db", "mysql://ad@a@host/db"),
        ("mysql://a/da:sec/ret@host/db", "mysql://a/da@host/db"),
        ("mysql://host/db?user=ada&p%61sswd=secret&charset=utf8", "mysql://host/db?user=ada&charset=utf8"),
        ("{'source': 'mysql://ada:secret@host/db'}", "{'source': 'mysql://ada@host/db'}"),
        ("sqlite:////data/a:b@c.db", "sqlite:////data/a:b@c.db"),
        ("bigquery://project/dataset", "bigquery://project/dataset"),
        ("rows.csv", "rows.csv"),
    ],
)
def test_a_url_is_shown_without_a_password(url, shown):
    assert mask_password(url) == shown


@pytest.mark.parametrize(
    ("url", "said", "shown"),
    [
        ("mysql://ada:s%40crt@h/d", "no s@crt, no s%40crt", "no ***, no ***"),
        ("mysql://ada:s3:cr@t@host/db", 'no host "t@host", no "s3:cr"', 'no host "***@host", no "***"'),
        ("postgresql://h/d?password=abc", "abc is wrong", "*** is wrong"),
        ("postgresql://h/d", "all is wrong", "all is wrong"),
    ],
)
def test_a_text_is_shown_without_the_password_of_a_url(url, said, shown):
    assert without_secrets(said, url).replace("hos***", "host") == shown


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("bigquery://project/dataset.table", ("bigquery://project/dataset", "table")),
        ("bigquery://project/dataset", ("bigquery://project/dataset", None)),
        ("bigquery://", ("bigquery://", None)),
        ("bigquery:///dataset.table", ("bigquery:///dataset", "table")),
        ("postgresql://host/d.t", ("postgresql://host/d.t", None)),
    ],
)
def test_the_table_is_split_from_a_url_of_bigquery(source, parts):
    assert split_table(source) == parts


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("postgresql://", ("postgresql+psycopg", None, None, None, None, None)),
        ("mysql://a%40b:p%2Fq@h:3307/d", ("mysql+pymysql", "a@b", "p/q", "h", 3307, "d")),
        ("postgresql://ada@[::1]:5432/d?sslmode=require", ("postgresql+psycopg", "ada", None, "::1", 5432, "d")),
    ],
)
def test_the_url_of_a_server_is_parsed(url, parts):
    found = server_url(url)
    assert tuple(found)[:6] == parts


@pytest.mark.parametrize(
    "url",
    [
        *("sqlite:///a.db", "bigquery://p/d", "mongodb://h/d", "rows.csv", ""),
        *("mysql://u:a@b@h/d", "mysql://u:a:b@h/d", "mysql://u:a/b@h/d", "mysql://u:a?b@h/d", "mysql://h/d?x=a@b"),
        *("mysql://h:port/d", "mysql://h:/d", "mysql://h:0x1/d", "mysql://h:-1/d", "mysql://h:65536/d"),
        *("mysql://::1/d", "mysql://[::1]x/d", "mysql://h/d?a=b\nx"),
    ],
)
def test_another_url_is_refused_without_repeating_it(url):
    with pytest.raises(ValueError, match="no URL of a server that begins with ") as refused:
        server_url(url)
    assert url.partition("://")[2] not in str(refused.value) or not url.partition("://")[2]


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("postgresql://ada:${A}@${H}:${P}/d?password=${B}", False),
        ("postgresql://${U}:${A}@${H}:${P}/d", False),
        ("postgresql://ada:x${A}@h/d", True),
        ("postgresql://ada@h/d?password=x${A}", True),
    ],
)
def test_a_variable_is_no_password(url, holds):
    assert holds_password(url) == holds


# No other part of a URL contains it: if it is found in a text, a part of the password shows.
MARK = "Zq7Zq"
SERVERS = st.sampled_from(["postgresql", "mysql", "mongodb", "mysql+pymysql"])
HOSTS = st.sampled_from(["host", "db.example:5432", "[::1]", "[fe80::1%25eth0]:3307", "127.0.0.1", ""])
PLACES = st.builds("{}/{}".format, HOSTS, st.text("abc09._-", max_size=5))
TEXTS = st.text("abcé@:/?#%&=+[]{}$'\" \n\\😀", max_size=8) | st.text(max_size=8)
PASSWORDS = st.builds(lambda before, after: before + MARK + after, TEXTS, TEXTS)
ESCAPES = st.sampled_from([lambda text: text, quote, quote_plus, lambda text: quote(text, safe="")])


@given(SERVERS, TEXTS, PASSWORDS, ESCAPES, PLACES)
@example("mysql", "a@b/c", f"p@{MARK}:x@?/y&z", lambda text: text, "[::1]:3306/d?password=1")
def test_a_password_before_the_host_never_shows(scheme, user, password, escape, place):
    url = f"{scheme}://{quote(user)}:{escape(password)}@{place}"
    for text in (url, repr(url), f"{{'uri': '{url}'}}", f"{url}?sslmode=a&email=b"):
        assert MARK not in mask_password(text)
    assert MARK not in without_secrets(f"no host {escape(password)!s}: {password}", url)


@given(SERVERS, st.sampled_from(["", "a:b@", "a@"]), PASSWORDS, st.sampled_from([quote, quote_plus]), PLACES)
def test_a_password_among_the_settings_never_shows(scheme, user, password, escape, place):
    for name in ("password", "passwd", "sslpassword", "PASSWORD", "%70assword", "ssl_key_pass%77ord"):
        for before in ("?", "?sslmode=require&", "?email=a:b@c&x=?"):
            url = f"{scheme}://{user}{place}{before}{name}={escape(password, safe='@:/?')}&application_name=x"
            assert MARK not in mask_password(url)
            assert MARK not in mask_password(f"source = {url!r}")
            assert MARK not in without_secrets(f"wrong: {password}", url)


@given(
    st.sampled_from(["postgresql", "mysql"]),
    st.none() | TEXTS,
    PASSWORDS,
    st.sampled_from(["host", "::1", "db.example"]),
    st.dictionaries(st.sampled_from(["sslmode", "charset", "password", "host"]), st.text(min_size=1)),
)
def test_url_that_sqlalchemy_writes_is_unchanged_except_for_the_password(scheme, user, password, host, settings):
    url = URL.create(scheme, user, None if user is None else password, host, 3307, "db", settings)
    written = url.render_as_string(hide_password=False)
    masked = mask_password(written)
    assert MARK not in masked
    found = make_url(masked)
    assert (found.username, found.password, found.host, found.port, found.database) == (
        *(url.username, None, url.host, url.port, "db"),
    )
    assert found.query == {name: value for name, value in settings.items() if name != "password"}
