"""The version that a model of the pipeline is compared with: the one that the alias `default` points to."""

from penstock.config.config import Baseline, Config
from penstock.core.errors import ConfigError
from penstock.registry.documents import DEFAULT, Version
from penstock.registry.errors import NotFound
from penstock.registry.opening import open_registry
from penstock.versions.digest import model_digest


def with_baseline(config: Config) -> Config:
    """Return the configuration with the version of `default` if models are compared with it.

    Raises:
        ConfigError: The files of the version are missing, or are others.
        StoreError: The registry cannot be read.
    """
    if config.evaluation.baseline != "default":
        return config
    version = _default(config)
    return config.with_baseline(None if version is None else _checked(config, version))


def _default(config: Config) -> Version | None:
    """Return the version that `default` points to; None if no version is recorded yet."""
    with open_registry(config) as registry:
        try:
            model = registry.model_named(config.project_name, config.model_name)
            return registry.version(registry.alias(model.id, DEFAULT).version_id)
        except NotFound:
            return None


def _checked(config: Config, version: Version) -> Baseline:
    folder = config.path(version.folder)
    what = f"evaluation.baseline: version {version.number} of {config.model_name}, its default"
    remedy = "restore it, promote another version, or set evaluation.baseline to latest"
    if not folder.is_dir():
        raise ConfigError(what, f"its files in {version.folder}", "no such folder", remedy)
    if (digest := model_digest(folder)) != version.digest:
        received = f"others, {digest[:12]}"
        raise ConfigError(what, f"the files that the registry has, {version.digest[:12]}", received, remedy)
    return Baseline(str(folder), digest)
