import shutil

import pytest

from penstock.server.models.config import ModelConfig, Policy
from penstock.server.process.checking import check
from penstock.server.process.options import Serving

pytestmark = pytest.mark.slow


def test_line_of_each_version_says_whether_it_answers(tmp_path, mixed_model, estimator_model):
    shutil.copytree(mixed_model / "1", tmp_path / "m" / "1")
    (tmp_path / "m" / "2").mkdir()
    models = [
        ModelConfig("m", tmp_path / "m", Policy(every=True)),
        ModelConfig("estimator", estimator_model),
        ModelConfig("none", mixed_model, Policy(specific=(9,))),
    ]
    lines = list(check(Serving(models)))
    assert [good for _, good in lines] == [False, True, True, False, True]
    texts = [line for line, _ in lines]
    assert texts[0].startswith("m, version 2: cannot be loaded: INVALID_ARGUMENT: ")
    assert texts[1].startswith("m, version 1: answered a row of zeros; signatures: any_shape, half, ")
    assert texts[2].startswith("estimator, version 7: answered a row of zeros; signatures: predict, ")
    assert texts[3] == "none: there is no version that --versions names"


@pytest.mark.parametrize(
    ("challenger", "line"),
    [
        ("2", "m: the challenger is version 2"),
        ("stable", "m: the challenger is version 1"),
        ("9", "m: the challenger: expected a version in {folder} that can be loaded, received 9"),
        ("new", "m: the challenger: expected a label in {folder} that can be loaded, received new"),
    ],
)
def test_challenger_is_one_of_the_versions(mixed_model, challenger, line):
    config = ModelConfig("m", mixed_model, labels={"stable": 1}, challenger=challenger)
    *_, checked, _ = check(Serving([config]))
    assert checked == (line.format(folder=mixed_model), "expected" not in line)
