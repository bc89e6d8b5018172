"""`pipeline.toml`, the environment and `--set`: precedence, and the errors of wrong values."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.config.loading import environment_flag, load, mlflow_variables, registry_token, with_registry_token
from penstock.core.errors import ConfigError
from tests.penstock.config.test_config import TEXT, loaded


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pipeline.toml"
    path.write_text(TEXT)
    return path


ADVICE = "; see docs/configuration.md."
TOP = (
    "one of name, data, features, model, tuning, schema, validation, drift, evaluation, decision, fairness, push, "
    "metadata, state, serving, registry, dashboard, report, card, beam, kubeflow, vertex"
)
BINARY = (
    "a metric of the task binary (auc, average_precision, accuracy, log_loss, precision, recall, calibration_error)"
)
ROLES = "'numeric', 'categorical', 'boolean', 'timestamp', 'hour', 'weekday', 'month', 'text' or 'vector[N]'"
VECTOR = "'vector[N]' with the number of values in each list, such as 'vector[64]'"


def refusal(file: Path, *settings: str, **environment: str) -> str:
    with pytest.raises(ConfigError) as refused:
        loaded(file, *settings, **environment)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("in_file", "environment", "setting", "epochs"),
    [
        (None, None, None, None),
        (1, None, None, 1),
        (1, 2, None, 2),
        (1, 2, 3, 3),
        (None, 2, 3, 3),
        (None, 2, None, 2),
        (1, None, 3, 3),
    ],
)
def test_command_line_wins_over_environment_over_file_over_default(file, in_file, environment, setting, epochs):
    if in_file:
        file.write_text(f"{TEXT}[model]\nepochs = {in_file}\n")
    settings = [f"model.epochs={setting}"] if setting else []
    names = {"PENSTOCK_MODEL__EPOCHS": str(environment)} if environment else {}
    assert loaded(file, *settings, **names).model.epochs == epochs


def test_the_last_of_two_settings_counts(file):
    assert loaded(file, "evaluation.min=0.1", " evaluation.min = 0.2 ").evaluation.min == 0.2


def test_environment_without_the_prefix_is_left_alone(file):
    assert loaded(file, NAME="other", penstock_name="other", PENSTOCK="x", MODEL__EPOCHS="0") == loaded(file)


def test_environment_of_the_process_is_the_default(file, monkeypatch):
    monkeypatch.setenv("PENSTOCK_EVALUATION__MIN", "0.5")
    assert load(file).evaluation.min == 0.5


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("evaluation.min=1e-3", "min", 0.001),
        ("evaluation.min=1", "min", 1.0),
        ('evaluation.slices=["paid", "miles"]', "slices", ("paid", "miles")),
        ("evaluation.slices=[]", "slices", ()),
    ],
)
def test_setting_is_read_as_toml(file, setting, key, value):
    assert getattr(loaded(file, setting).evaluation, key) == value


@pytest.mark.parametrize(
    ("setting", "query"),
    [
        ("data.query=FROM source WHERE tip = 1", "FROM source WHERE tip = 1"),
        ('data.query="FROM source"', "FROM source"),
        ("data.query='a=b'", "a=b"),
    ],
)
def test_setting_that_is_no_toml_is_text(file, setting, query):
    assert loaded(file, setting).data.query == query


SETTINGS_REFUSED = [
    # unknown keys, at each depth
    ("evalution.min=1", "evalution", TOP, "an unknown key (did you mean 'evaluation'?)"),
    ("zzz=1", "zzz", TOP, "an unknown key"),
    ("schema_.file=x", "schema_", TOP, "an unknown key (did you mean 'schema'?)"),
    (
        "evaluation.metrc=auc",
        "evaluation.metrc",
        "one of metric, min, max, min_improvement, baseline, slices, slices_not_worse, "
        "not_worse_than_linear, min_slice_rows, confidence, thresholds",
        "an unknown key (did you mean 'metric'?)",
    ),
    (
        "data.split.evl=0.1",
        "data.split.evl",
        "one of eval, ratios, key, column, time",
        "an unknown key (did you mean 'eval'?)",
    ),
    ("schema.fil=x", "schema.fil", "one of file", "an unknown key (did you mean 'file'?)"),
    (
        'evaluation.thresholds=[{metric="auc", mn=1}]',
        "evaluation.thresholds.0.mn",
        "one of metric, min, max, slice",
        "an unknown key (did you mean 'min'?)",
    ),
    # values of a closed set
    ("features.miles=numerc", "features.miles", ROLES, "'numerc' (did you mean 'numeric'?)"),
    ("features.miles=3", "features.miles", ROLES, "3"),
    ("features.miles=txt", "features.miles", ROLES, "'txt' (did you mean 'text'?)"),
    *(
        (f'features.miles="{role}"', "features.miles", VECTOR, repr(role))
        for role in (
            "vector",
            "vector[]",
            "vector[0]",
            "vector[abc]",
            "vector[-3]",
            "vector[1.5]",
            "vector[3",
            "Vector[3]",
        )
    ),
    ("features.miles=vector[1000000]", "features.miles", VECTOR, "'vector[1000000]'"),
    ("model.text_buckets=1", "model.text_buckets", "a number of at least 2", "1"),
    ("model.text_buckets=9000", "model.text_buckets", "a number of at most 8192", "9000"),
    ("model.task=binry", "model.task", "'binary', 'multiclass' or 'regression'", "'binry' (did you mean 'binary'?)"),
    (
        "model.family=tree",
        "model.family",
        "'neural', 'trees', 'linear' or 'auto'",
        "'tree' (did you mean 'trees'?)",
    ),
    (
        "validation.fail_on=erorr",
        "validation.fail_on",
        "'warning', 'error' or 'never'",
        "'erorr' (did you mean 'error'?)",
    ),
    ("beam.runner=samza", "beam.runner", "'local', 'flink' or 'spark'", "'samza'"),
    (
        "validation.columns.miles=always",
        "validation.columns.miles",
        "'warning', 'error' or 'never'",
        "'always'",
    ),
    # types and ranges
    ("model.epochs=0", "model.epochs", "a number of at least 1", "0"),
    ("model.epochs=many", "model.epochs", "a whole number", "'many'"),
    ("model.epochs=1.5", "model.epochs", "a whole number", "1.5"),
    ("model.learning_rate=0", "model.learning_rate", "a number greater than 0", "0"),
    ("data.split.eval=1", "data.split.eval", "a number less than 1", "1"),
    ("data.split.eval=nan", "data.split.eval", "a finite number", "nan"),
    ("evaluation.min=nan", "evaluation.min", "a finite number", "nan"),
    ("evaluation.min_improvement=-inf", "evaluation.min_improvement", "a finite number", "-inf"),
    ("evaluation.min=high", "evaluation.min", "a number", "'high'"),
    ("name=Bad Name", "name", "text that matches ^[a-z0-9][a-z0-9-]{0,127}$", "'Bad Name'"),
    ("name=5", "name", "text", "5"),
    ("features={}", "features", "at least 1 of them", "{}"),
    ("features=5", "features", "a table", "5"),
    ("data=5", "data", "a table", "5"),
    ("evaluation.slices=paid", "evaluation.slices", "a list", "'paid'"),
    ("evaluation.thresholds=[5]", "evaluation.thresholds.0", "a table", "5"),
    ("push.directory=", "push.directory", "text that is not empty", "''"),
    (
        "push.directory=http://b/m",
        "push.directory",
        "a path, or a URI that begins with one of gs://, s3://, hdfs://",
        "'http://b/m'",
    ),
    ("state.directory=s3://b", "state.directory", "a folder of this machine, mounted if it is elsewhere", "'s3://b'"),
    ("data.quarantine=gs://q", "data.quarantine", "a folder of this machine, mounted if it is elsewhere", "'gs://q'"),
    ("model.warm_start=perhaps", "model.warm_start", "`true` or `false`", "'perhaps'"),
    # values that must fit one another
    ("evaluation.metric=acu", "evaluation.metric", BINARY, "'acu' (did you mean 'auc'?)"),
    ("evaluation.metric=rmse", "evaluation.metric", BINARY, "'rmse'"),
    (
        'evaluation.thresholds=[{metric="auc", min=0.1}, {metric="acuracy", min=0.1}]',
        "evaluation.thresholds.1.metric",
        BINARY,
        "'acuracy' (did you mean 'accuracy'?)",
    ),
    ('features.paid="vector[2]"', "evaluation.slices", "columns of single values", "'paid', a column of lists"),
    (
        'evaluation.slices=["payd"]',
        "evaluation.slices",
        "a feature of the configuration",
        "'payd' (did you mean 'paid'?)",
    ),
    (
        'evaluation.thresholds=[{metric="auc", min=0.1, slice="mile"}]',
        "evaluation.thresholds.0.slice",
        "a feature of the configuration",
        "'mile' (did you mean 'miles'?)",
    ),
    (
        'evaluation.thresholds=[{metric="auc", min=0.1, slice="miles"}]',
        "evaluation.thresholds.0.slice",
        "one of evaluation.slices",
        "'miles'",
    ),
    ('evaluation.thresholds=[{metric="auc"}]', "evaluation.thresholds.0", "`min` or `max`", "neither"),
    ("evaluation.slices_not_worse=perhaps", "evaluation.slices_not_worse", "`true` or `false`", "'perhaps'"),
    ("evaluation.min_slice_rows=19", "evaluation.min_slice_rows", "a number of at least 20", "19"),
    ("evaluation.min_slice_rows=20.5", "evaluation.min_slice_rows", "a whole number", "20.5"),
    ("evaluation.confidence=0.5", "evaluation.confidence", "a number greater than 0.5", "0.5"),
    ("evaluation.confidence=95", "evaluation.confidence", "a number less than 1", "95"),
    ("evaluation.max=0.5", "evaluation", "a `max` that is not below `min`", "min 0.9 and max 0.5"),
    (
        'evaluation.thresholds=[{metric="auc", min=0.2, max=0.1}]',
        "evaluation.thresholds.0",
        "a `max` that is not below `min`",
        "min 0.2 and max 0.1",
    ),
    ("features.tip=numeric", "features", "features without the label", "'tip' among them"),
    (
        "metadata.uri=mongodb://me:secret@host/db",
        "metadata.uri",
        "sqlite:///FILE, mysql://..., or in notebooks sqlite://",
        "'mongodb://me@host/db'",
    ),
    (
        "metadata.uri=mysql://me:sec@ret@host/db",
        "metadata.uri",
        "mysql://USER@HOST/DATABASE, with %40, %3A, %2F and %3F for @, :, / and ? in a password",
        "a URL of another form that begins with mysql://",
    ),
    (
        "metadata.uri=postgresql://me:secret@host:${PORT}/db",
        "metadata.uri",
        "postgresql://USER@HOST/DATABASE, with %40, %3A, %2F and %3F for @, :, / and ? in a password",
        "a URL of another form that begins with postgresql://",
    ),
    (
        "metadata.uri=sqlite:///",
        "metadata.uri",
        "sqlite:///FILE, mysql://..., or in notebooks sqlite://",
        "'sqlite:///'",
    ),
]


@pytest.mark.parametrize(("setting", "key", "expected", "received"), SETTINGS_REFUSED)
def test_wrong_setting_is_refused_with_file_key_expected_and_received(file, setting, key, expected, received):
    assert refusal(file, setting) == f"{file}: {key}: expected {expected}, received {received}{ADVICE}"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PENSTOCK_EVALUATON__MIN", "1", f"evaluaton: expected {TOP}, received an unknown key"),
        ("PENSTOCK_EVALUATION__MIN", "x", "evaluation.min: expected a number, received 'x'"),
        ("PENSTOCK_FEATURES__MILES", "hours", f"features.miles: expected {ROLES}, received 'hours'"),
    ],
)
def test_wrong_environment_is_refused_like_the_file(file, name, value, sentence):
    assert sentence in refusal(file, **{name: value})


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("data.source.x=5", "--set: data.source.x: expected a table at source, received 'trips.csv'; check the key."),
        *(
            (
                text,
                f"--set {text}: expected key=value, received {text!r}; write for example `--set evaluation.min=0.9`.",
            )
            for text in ("evaluation.min", "", "=5", " =5")
        ),
    ],
)
def test_text_that_is_no_setting_is_refused(file, setting, sentence):
    assert refusal(file, setting) == sentence


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        (
            "min = 0.9\n",
            "evaluation: expected a threshold (`min`, `max`, `min_improvement`, `slices_not_worse`, "
            "`not_worse_than_linear` or `thresholds`), received none",
        ),
        ('metric = "auc"\n', "evaluation.metric: expected a value, received none; add the key"),
        ('[push]\ndirectory = "models"\n', "push: expected a value, received none; add the key"),
        ('source = "trips.csv"\n', "data.source: expected a value, received none; add the key"),
        (TEXT, "name: expected a value, received none; add the key"),
    ],
)
def test_file_without_a_needed_key_is_refused(file, cut, sentence):
    file.write_text(TEXT.replace(cut, ""))
    assert refusal(file) == f"{file}: {sentence}{ADVICE}"


@pytest.mark.parametrize(
    ("settings", "expected", "received"),
    [
        (("evaluation.slices=[]",), "`slices` with `slices_not_worse`", "none"),
        (("evaluation.baseline=none",), 'baseline = "latest" with `slices_not_worse`', '"none"'),
    ],
)
def test_rule_of_slices_is_refused_where_nothing_can_be_compared(file, settings, expected, received):
    sentence = refusal(file, 'evaluation.slices=["miles"]', "evaluation.slices_not_worse=true", *settings)
    assert sentence == f"{file}: evaluation: expected {expected}, received {received}{ADVICE}"


def test_rule_of_slices_alone_is_a_threshold(file):
    file.write_text(TEXT.replace("min = 0.9\n", ""))
    assert loaded(file, 'evaluation.slices=["miles"]', "evaluation.slices_not_worse=true").evaluation.min is None


def test_comparison_with_the_linear_model_is_a_threshold_if_it_is_written_and_the_model_is_another(file):
    file.write_text(TEXT.replace("min = 0.9\n", "not_worse_than_linear = true\n"))
    assert loaded(file, "model.family=trees").evaluation.has_bound is False
    expected = "a threshold other than `not_worse_than_linear`: the linear model is not compared with itself"
    assert f"evaluation: expected {expected}, received none" in refusal(file, "model.family=linear")
    assert loaded(file, "model.family=linear", "evaluation.max=0.9").evaluation.has_bound


@pytest.mark.parametrize(
    "threshold",
    ["evaluation.max=0.9", "evaluation.min_improvement=0.0", 'evaluation.thresholds=[{metric="recall", min=0.1}]'],
)
def test_any_one_threshold_is_enough(file, threshold):
    file.write_text(TEXT.replace("min = 0.9\n", ""))
    assert loaded(file, threshold).evaluation.min is None


def write_bytes(file):
    file.write_bytes(TEXT.encode() + b'key = "\xff"')


def write_nonsense(file):
    file.write_text("name = \n")


def write_utf16(file):
    file.write_text(TEXT, encoding="utf-16")


def write_deep(file):
    file.write_text(TEXT + f"deep = {'[' * 5000}{']' * 5000}\n")


def write_digits(file):
    file.write_text(f"name = {'9' * 5000}\n" + TEXT)


def write_twice(file):
    file.write_text(TEXT + 'name = "a"\n[data]\n')


def make_folder(file):
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "expected", "received"),
    [
        (Path.unlink, "a TOML file", "no such file"),
        (write_bytes, "UTF-8 text", f"a stray byte at {len(TEXT) + 7}"),
        (write_nonsense, "TOML", "a syntax error: Invalid value (at line 1, column 8)"),
        (write_twice, "TOML", "a syntax error: Cannot declare ('data',) twice"),
        (make_folder, "a readable TOML file", "Is a directory"),
        (write_utf16, "UTF-8 text", "UTF-16; save it as UTF-8"),
        (write_deep, "TOML as in docs/configuration.md", "lists or tables nested too deep to read"),
        (write_digits, "TOML", "a syntax error: Exceeds the limit"),
    ],
)
def test_file_that_cannot_be_read_is_refused(file, spoil, expected, received):
    spoil(file)
    assert f"configuration {file}: expected {expected}, received {received}" in refusal(file)


def test_byte_order_mark_of_a_windows_editor_is_no_part_of_the_file(file):
    plain = load(file)
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load(file) == plain


def test_setting_nested_too_deep_is_a_text(file):
    assert "received '[[[" in refusal(file, f"evaluation.min={'[' * 5000}")


def test_name_too_long_for_a_file_is_refused(file):
    assert "received File name too long" in refusal(file.parent / ("x" * 300))


def test_link_to_itself_is_refused(file):
    link = file.with_name("loop.toml")
    link.symlink_to(link)
    assert "received Too many levels of symbolic links" in refusal(link)


def test_file_below_a_file_is_refused(file):
    assert "received Not a directory" in refusal(file / "pipeline.toml")


def test_default_file_is_in_the_working_directory(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert load(environment={}) == loaded(file)
    assert load(environment={}).path("a") == file.parent / "a"


@pytest.mark.parametrize(("value", "flag"), [("1", True), ("0", True), ("", False), (None, False)])
def test_flag_of_the_environment_is_set_by_anything(monkeypatch, value, flag):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert environment_flag("NO_COLOR") is flag


@pytest.mark.slow
@given(st.dictionaries(st.from_regex(r"PENSTOCK_[A-Z_]{1,20}", fullmatch=True), st.text(max_size=10), max_size=3))
def test_any_environment_loads_or_is_refused_in_one_sentence(tmp_path_factory, environment):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(TEXT)
    said = ""
    try:
        load(file, (), environment)
    except ConfigError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize("setting", ["data.source.x=1", 'data.source=["{}"]', "data={}"])
def test_a_url_in_the_wrong_place_is_refused_without_its_password(tmp_path, setting):
    url = "postgresql://ada:hidden@host/db"
    path = tmp_path / "pipeline.toml"
    path.write_text(TEXT.replace("trips.csv", url))
    with pytest.raises(ConfigError) as refused:
        load(path, [setting.format(url)], {})
    assert "hidden" not in str(refused.value)


def test_variables_of_mlflow_are_those_of_its_own_client_that_are_set():
    environment = {"MLFLOW_TRACKING_TOKEN": "a", "MLFLOW_TRACKING_USERNAME": "", "MLFLOW_TRACKING_URI": "http://x"}
    assert mlflow_variables(environment) == {"MLFLOW_TRACKING_TOKEN": "a"}


def test_command_acts_for_the_owner_of_a_token_by_its_environment(tmp_path):
    environment = with_registry_token("secret", {"PATH": "/bin", "PENSTOCK_REGISTRY__TOKEN": "other"})
    assert environment == {"PATH": "/bin", "PENSTOCK_REGISTRY__TOKEN": "secret"}
    assert registry_token(environment) == "secret"
