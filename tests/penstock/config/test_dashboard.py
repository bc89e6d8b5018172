"""The section `[dashboard]`."""

import pytest

from penstock.config.loading import load
from penstock.core.errors import ConfigError
from tests.metadata_store import CONFIGURATION


def loaded(folder, section):
    file = folder / "pipeline.toml"
    file.write_text(CONFIGURATION + section)
    return load(file)


def test_further_pipelines_are_named_by_their_files(tmp_path):
    assert loaded(tmp_path, "").dashboard.pipelines == ()
    section = '[[dashboard.pipelines]]\nconfig = "../a.toml"\n[[dashboard.pipelines]]\nconfig = "/b.toml"\n'
    assert [each.config for each in loaded(tmp_path, section).dashboard.pipelines] == ["../a.toml", "/b.toml"]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("[[dashboard.pipelines]]\n", "dashboard.pipelines.0.config"),
        ('[[dashboard.pipelines]]\nconfig = ""\n', "dashboard.pipelines.0.config"),
        ('[dashboard]\npipeline = "x"\n', "did you mean 'pipelines'?"),
    ],
)
def test_pipeline_without_a_file_is_refused(tmp_path, section, words):
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, section)
    assert words in str(refused.value)


def test_server_and_log_have_defaults_of_this_machine(tmp_path):
    found = loaded(tmp_path, "").dashboard
    assert found.metrics == "http://127.0.0.1:8501/monitoring/prometheus/metrics"
    assert (found.requests, found.served_as) == ("requests", None)
    section = '[dashboard]\nmetrics = "https://serve.example.com/m"\nserved_as = "cab"\n'
    assert loaded(tmp_path, section).dashboard.served_as == "cab"


@pytest.mark.parametrize("address", ["ftp://x/m", "file:///etc/passwd", "http://user:secret@x/m", "http://x/a b", ""])
def test_address_of_the_metrics_is_a_plain_one_of_http(tmp_path, address):
    with pytest.raises(ConfigError, match="metrics"):
        loaded(tmp_path, f'[dashboard]\nmetrics = "{address}"\n')
