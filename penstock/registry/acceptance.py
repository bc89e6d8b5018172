"""Who accepted changes of a schema: an event of the model in the registry."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from penstock.registry.documents import Body, Event, Text


class AcceptedChange(Body):
    """A change of a schema: the column, and what the schema allows of it now, in words."""

    column: Text
    change: Text


class SchemaAcceptance(Body):
    """Changes of a schema that somebody accepted.

    Attributes:
        file: The file of the schema.
        digest: The SHA-256 of the file with the changes.
        changes: The changes.
        user: The user of the process that wrote the file.
    """

    file: Text
    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    changes: Annotated[tuple[AcceptedChange, ...], Field(min_length=1, max_length=10_000)]
    user: Text = ""


@dataclass(frozen=True)
class Acceptance:
    """Changes of a schema with their event.

    Attributes:
        at: When they were accepted.
        actor: Who accepted them: the owner of a token, or else the user.
        body: The changes.
    """

    at: datetime
    actor: str
    body: SchemaAcceptance

    @property
    def who(self) -> str:
        """The owner of the token with the user of the process, or the user alone."""
        return self.actor if self.body.user in ("", self.actor) else f"{self.actor}, as user {self.body.user}"


def read(event: Event) -> Acceptance | None:
    """Return what an event records; None if another release wrote other fields."""
    try:
        return Acceptance(event.at, event.actor, SchemaAcceptance.model_validate(event.document))
    except ValidationError:
        return None
