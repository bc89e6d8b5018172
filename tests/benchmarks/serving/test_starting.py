import pytest

from benchmarks.serving.starting import first_answer
from tests.small_models import save_models


@pytest.mark.slow
def test_server_answers_the_request_that_it_is_started_for(tmp_path):
    models = save_models(tmp_path, {1: 2.0})
    assert first_answer(models / "1", b'{"inputs": {"color": ["red"], "count": [1]}}') > 0
