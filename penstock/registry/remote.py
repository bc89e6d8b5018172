"""The client of the registry over HTTP: the methods of the one on its database."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from penstock.core.errors import ConfigError
from penstock.registry import conditions as texts_of_conditions
from penstock.registry.acceptance import SchemaAcceptance
from penstock.registry.documents import (
    Alias,
    AliasMove,
    AliasName,
    Archival,
    Event,
    EventKind,
    Experiment,
    ExperimentBody,
    Model,
    ModelBody,
    Name,
    NewToken,
    Page,
    Project,
    ProjectBody,
    Reason,
    Rollback,
    Token,
    TokenBody,
    Values,
    Version,
    VersionBody,
    VersionChange,
)
from penstock.registry.errors import Invalid, NotFound, Unauthorized, quoted
from penstock.registry.lists import Condition, Order, Slice
from penstock.registry.transport import Transport

T = TypeVar("T")
_FIRST = Slice()
_MAPS: TypeAdapter[dict[str, Any]] = TypeAdapter(Values)
_ALIAS_NAMES: TypeAdapter[str] = TypeAdapter(AliasName)
_NAMES: TypeAdapter[str] = TypeAdapter(Name)
# What to do about a server whose documents are others.
_OTHER = "use the same release for both, or correct registry.uri"
_JSON = {"Content-Type": "application/json"}


class HttpClient:
    """The registry behind a server; each method is one request. The owner of the token is who changes it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """Prepare the connection; the first request opens it.

        Args:
            url: `https://HOST`, with a path if the server is below one.
            token: The token; None where reads need none.

        Raises:
            ConfigError: The URL or the token is not valid.
        """
        self._transport = Transport(url, token)

    def __enter__(self) -> "HttpClient":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def acting_as(self, actor: str) -> "HttpClient":
        """Refuse another actor: it is the owner of the token.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError("the actor", "the owner of the token", repr(actor), "use a token of that name")

    def ping(self) -> None:
        """Ask the server whether its database answers.

        Raises:
            StoreError: It does not answer.
        """
        self._get(dict[str, str], "ready")

    def create_project(self, name: str, description: str = "") -> Project:
        """Make a project, or return the one of that name as it is."""
        return self._post(Project, "projects", ProjectBody(name=name, description=description))

    def create_model(self, project_id: int, name: str, description: str = "") -> Model:
        """Make a model in a project, or return the one of that name as it is."""
        return self._post(Model, "models", ModelBody(project_id=project_id, name=name, description=description))

    def projects(self, part: Slice = _FIRST) -> Page[Project]:
        """Return a part of the list of projects."""
        return self._list(Page[Project], "projects/all", part)

    def project(self, id_or_name: int | str) -> Project:
        """Return a project by its id or its name."""
        if isinstance(id_or_name, int):
            return self._get(Project, f"api/projects/id/{id_or_name}")
        return self._get(Project, f"api/projects/name/{_path(_NAMES, 'project', id_or_name)}")

    def models(self, part: Slice = _FIRST, *, project_id: int | None = None, name: str | None = None) -> Page[Model]:
        """Return a part of the list of models, of all projects or of one, of any name or of one."""
        return self._list(Page[Model], "models/all", part, project_id=project_id, name=name)

    def model(self, id: int) -> Model:
        """Return a model by its id."""
        return self._get(Model, f"api/models/id/{id}")

    def model_named(self, project: str, name: str) -> Model:
        """Return a model by the name of its project and its own."""
        of, own = _path(_NAMES, "project", project), _path(_NAMES, "model", name)
        return self._get(Model, f"api/models/project-name/{of}/name/{own}")

    def archive_project(self, id: int, why: str = "") -> Project:
        """Archive a project: lists leave it out."""
        return self._post(Project, f"projects/id/{id}/archive", Reason(why=why))

    def archive_model(self, id: int, why: str = "") -> Model:
        """Archive a model: lists leave it out."""
        return self._post(Model, f"models/id/{id}/archive", Reason(why=why))

    def accept_schema(self, model_id: int, body: SchemaAcceptance) -> Model:
        """Record who accepted changes of the schema of a model."""
        return self._post(Model, f"models/id/{model_id}/schema", body, repeatable=False)

    def record_experiment(self, body: ExperimentBody) -> Experiment:
        """Record a run, or return the experiment that records it already."""
        return self._post(Experiment, "experiments", body)

    def merge_evaluations(self, id: int, evaluations: Mapping[str, Any]) -> Experiment:
        """Add evaluations to an experiment; metrics that it has already are replaced."""
        return self._merge(f"experiments/evaluations/{id}", evaluations)

    def merge_artifacts(self, id: int, artifacts: Mapping[str, Any]) -> Experiment:
        """Add paths of artifacts to an experiment; a path that it has already is replaced."""
        return self._merge(f"experiments/artifact-file-paths/{id}", artifacts)

    def archive_experiment(self, id: int, why: str = "", *, undo: bool = False) -> Experiment:
        """Archive an experiment: lists leave it out; or undo that."""
        body = Archival(why=why, undo=True) if undo else Reason(why=why)
        return self._post(Experiment, f"experiments/id/{id}/archive", body)

    def experiments(
        self,
        part: Slice = _FIRST,
        *,
        model_id: int | None = None,
        project_id: int | None = None,
        conditions: Iterable[Condition] = (),
    ) -> Page[Experiment]:
        """Return a part of the list of experiments as they were recorded, or newest first."""
        given = {"model_id": model_id, "project_id": project_id, "where": _where(conditions)}
        return self._list(Page[Experiment], "experiments/all", part, **given)

    def ranked(
        self, model_id: int, order: Order, part: Slice = _FIRST, conditions: Iterable[Condition] = ()
    ) -> Page[Experiment]:
        """Return the experiments of a model by a metric or a setting; those that do not have it are left out."""
        path = f"experiments/model-id/{model_id}"
        return self._list(Page[Experiment], path, part, order_by=str(order), where=_where(conditions))

    def experiment(self, id: int) -> Experiment:
        """Return an experiment by its id."""
        return self._get(Experiment, f"api/experiments/id/{id}")

    def experiment_named(self, model_id: int, name: str) -> Experiment:
        """Return an experiment of a model by its name or by that of its run."""
        return self._get(Experiment, f"api/experiments/model-id/{model_id}/named", params={"name": name})

    def experiment_of_version(self, version_id: int) -> Experiment:
        """Return the experiment that pushed a version."""
        return self._get(Experiment, f"api/experiments/model-version-id/{version_id}")

    def record_version(self, body: VersionBody) -> Version:
        """Record a version; the first of a model gets the alias `default`."""
        return self._post(Version, "versions", body)

    def change_version(self, id: int, change: VersionChange) -> Version:
        """Change the description, the tags or the stage of a version."""
        return self._send(Version, "PATCH", f"api/versions/id/{id}", content=_json(change), headers=_JSON)

    def versions(self, model_id: int, part: Slice = _FIRST, *, experiment_id: int | None = None) -> Page[Version]:
        """Return a part of the list of versions of a model, of all experiments or of one."""
        return self._list(Page[Version], f"versions/model-id/{model_id}", part, experiment_id=experiment_id)

    def count_versions(self, model_id: int, *, archived: bool = False) -> int:
        """Return the number of the versions of a model, of the active ones or of all."""
        params = {"archived": str(archived).lower()}
        return self._get(int, f"api/versions/model-id/{model_id}/count", params=params)

    def version(self, id: int) -> Version:
        """Return a version by its id."""
        return self._get(Version, f"api/versions/id/{id}")

    def version_numbered(self, model_id: int, number: int) -> Version:
        """Return a version of a model by its number."""
        return self._get(Version, f"api/versions/model-id/{model_id}/number/{number}")

    def aliases(self, model_id: int) -> tuple[Alias, ...]:
        """Return the aliases of a model, by name."""
        return self._get(tuple[Alias, ...], f"api/aliases/model-id/{model_id}")

    def alias(self, model_id: int, name: str) -> Alias:
        """Return an alias of a model."""
        return self._get(Alias, f"api/{_alias(model_id, name)}")

    def move_alias(self, model_id: int, name: str, move: AliasMove) -> Alias:
        """Point an alias to a version, if it still points to the expected one."""
        path = f"api/{_alias(model_id, name, new=True)}"
        # Sent a second time, it would find that the alias is no longer as expected: because of the first.
        return self._send(Alias, "PUT", path, repeatable=False, content=_json(move), headers=_JSON)

    def rollback(self, model_id: int, name: str, why: str = "", expect: int | None = None) -> Alias:
        """Point an alias to the version that it pointed to before its last move."""
        body = Rollback(why=why, expect=expect)
        return self._post(Alias, f"{_alias(model_id, name)}/rollback", body, repeatable=False)

    def events(self, part: Slice = _FIRST, model_id: int | None = None, kind: EventKind | None = None) -> Page[Event]:
        """Return a part of the list of events, in the order in which they happened."""
        path = "events/all" if model_id is None else f"events/model-id/{model_id}"
        return self._list(Page[Event], path, part, kind=kind)

    def create_token(self, body: TokenBody) -> tuple[Token, str]:
        """Make a token of the HTTP API; return its record, and the token itself, which is stored nowhere."""
        made = self._post(NewToken, "tokens", body, repeatable=False)
        return made.token, made.text

    def revoke_token(self, name: str) -> Token:
        """Revoke a token: it is refused from now on."""
        return self._send(Token, "POST", f"api/tokens/name/{_path(_NAMES, 'token', name)}/revoke")

    def tokens(self, part: Slice = _FIRST) -> Page[Token]:
        """Return a part of the list of tokens."""
        return self._list(Page[Token], "tokens/all", part)

    def token(self, text: str) -> Token:
        """Return the record of a token that is valid now."""
        if not re.fullmatch("[!-~]{1,1000}", text):
            raise Unauthorized("the token", "a valid one", "one that is not", "ask its administrator for one")
        return self._get(Token, "api/tokens/own", headers={"Authorization": f"Bearer {text}"})

    def faults(self) -> list[str]:
        """Return what is wrong with the chain of events, one sentence each; this needs a token for `admin`."""
        return self._get(list[str], "api/events/faults")

    def _get(self, kind: type[T], path: str, **given: Any) -> T:
        return self._send(kind, "GET", path, **given)

    def _list(self, page: type[T], path: str, part: Slice, **given: Any) -> T:
        after = None if part.after is None else str(part.after_id)
        # Left out where it is not wanted: a server of an earlier release refuses it.
        newest = "true" if part.newest else None
        asked = {"limit": part.limit, "after": after, "archived": str(part.archived).lower(), "newest": newest, **given}
        params = {name: value for name, value in asked.items() if value is not None}
        return self._get(page, f"api/{path}", params=params)

    def _post(self, kind: type[T], path: str, body: BaseModel, *, repeatable: bool = True) -> T:
        return self._send(kind, "POST", f"api/{path}", repeatable=repeatable, content=_json(body), headers=_JSON)

    def _merge(self, path: str, values: Mapping[str, Any]) -> Experiment:
        content = _MAPS.dump_json(_MAPS.validate_python(values))
        return self._send(Experiment, "POST", f"api/{path}", content=content, headers=_JSON)

    def _send(self, kind: type[T], method: str, path: str, **given: Any) -> T:
        content = self._transport.send(method, path, **given)
        try:
            adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]
            return adapter.validate_json(content)
        except ValidationError:
            raise self._transport.foreign("an answer with other fields", _OTHER) from None


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _where(given: Iterable[Condition]) -> list[str]:
    """Return conditions as texts.

    Raises:
        Invalid: One is another condition as a text, or none.
    """
    found = list(given)
    texts = [str(condition) for condition in found]
    for condition, read in zip(found, texts_of_conditions.conditions(texts), strict=True):
        if condition != read:
            expected = "a name without any of = ! < >"
            raise Invalid(f"the condition {condition}", expected, repr(condition.name), "use the database itself")
    return texts


def _json(body: BaseModel) -> bytes:
    return body.model_dump_json(exclude_unset=True).encode()


def _path(names: TypeAdapter[str], what: str, name: str) -> str:
    """Return a name as a part of a path; one that no row can have is not asked for.

    Raises:
        NotFound: No row can have it.
    """
    try:
        return quote(names.validate_python(name), safe="")
    except ValidationError:
        raise NotFound(
            f"{what} {quoted(name)}", "one that the registry has", "none", "look at the list of them"
        ) from None


def _alias(model_id: int, name: str, *, new: bool = False) -> str:
    try:
        return f"aliases/model-id/{model_id}/name/{_path(_ALIAS_NAMES, 'the alias', name)}"
    except NotFound as error:
        if not new:
            raise
        expected = "a letter, then letters, digits, dots, underscores and hyphens"
        raise Invalid(error.what, expected, "another name", "choose another one") from None
