"""What is checked before anything runs: the table against the configuration, the files that the configuration names."""

from pipeline.config import Config
from pipeline.errors import ConfigError
from tables.checks import Checked, check
from tables.split import train_eval


def check_inputs(config: Config) -> Checked:
    """Return the rows and columns of the table.

    Raises:
        ConfigError: A file that the configuration names is not there.
        DataError: The table is not what was configured.
    """
    if config.schema_.file and not config.path(config.schema_.file).is_file():
        raise ConfigError(
            f"schema.file {config.schema_.file}", "a schema (schema.pbtxt)", "no such file", "correct the path, or leave it out"
        )
    return check(
        str(config.path(config.data.source)),
        config.data.query,
        spec=config.feature_spec,
        slices=config.evaluation.slices,
        splits=train_eval(config.data.split.eval, config.data.split.key),
    )
