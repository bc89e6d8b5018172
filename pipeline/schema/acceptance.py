"""Who accepted changes of the schema: recorded in the registry, and read from it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from penstock.config.config import Config
from penstock.core.errors import PenstockError
from penstock.core.machine import user_name
from penstock.registry.acceptance import Acceptance, AcceptedChange, SchemaAcceptance
from penstock.registry.documents import Model
from penstock.registry.errors import NotFound
from penstock.registry.existing import open_existing, open_or_make
from penstock.registry.opening import Registry
from penstock.registry.views import acceptances
from pipeline.schema.review import Difference

# What the registry takes of a name and of a change.
_LONGEST = 4_000


@dataclass(frozen=True)
class Recorded:
    """Who accepted changes.

    Attributes:
        by: The owner of the token of the registry, or else the user of this process.
        problem: Why it is not in the registry; empty otherwise.
    """

    by: str
    problem: str = ""


def record(config: Config, file: Path, accepted: Sequence[Difference]) -> Recorded | None:
    """Record that changes were accepted, for the owner of `registry.token`, or else the user of this process.

    None if nothing was accepted or `registry.record` is false. A registry that does not answer is no reason to refuse
    changes of a file: the result says so.
    """
    if not accepted or not config.registry.record:
        return None
    by = user_name()
    try:
        body = _body(config, file, accepted)
        with open_or_make(config) as registry:
            secret = config.registry.token
            if secret is not None:
                by = registry.token(secret.get_secret_value()).name
                # A server takes the owner of the token as the actor by itself.
                registry = registry if config.registry_uri.startswith("http") else registry.acting_as(by)
            registry.accept_schema(_model(config, registry).id, body)
    except PenstockError as error:
        return Recorded(by, " ".join(str(error).split()))
    except ValidationError:
        return Recorded(by, "the changes: expected texts without NUL, received another one; rename the column.")
    return Recorded(by)


def accepted_before(config: Config, most: int) -> tuple[list[Acceptance], str]:
    """Return the last acceptances of changes, newest first, and why they cannot be read."""
    try:
        with open_existing(config) as registry:
            return acceptances(registry, registry.model_named(config.project_name, config.model_name), most), ""
    except NotFound:  # nothing was recorded yet
        return [], ""
    except PenstockError as error:
        return [], str(error)


def _body(config: Config, file: Path, accepted: Sequence[Difference]) -> SchemaAcceptance:
    return SchemaAcceptance(
        file=config.schema_.file or file.name,
        digest=hashlib.sha256(file.read_bytes()).hexdigest(),
        changes=tuple(
            AcceptedChange(column=each.column[:_LONGEST], change=each.change[:_LONGEST]) for each in accepted
        ),
        user=user_name(),
    )


def _model(config: Config, registry: Registry) -> Model:
    try:
        return registry.model_named(config.project_name, config.model_name)
    except NotFound:
        return registry.create_model(registry.create_project(config.project_name).id, config.model_name)
