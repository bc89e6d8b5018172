"""The role of a feature in `pipeline.toml`: text, or a table with the role and a monotonic constraint."""

from typing import Annotated, Any, get_args

from pydantic import PlainSerializer, PlainValidator

from penstock.config.data import WrongValue
from penstock.core.features import ROLES, Direction, role_of
from penstock.core.text import did_you_mean

_ROLE_WORDS = [role for role in ROLES if role != "vector"]
_A_ROLE = f"{', '.join(map(repr, _ROLE_WORDS))} or 'vector[N]'"
_A_VECTOR = "'vector[N]' with the number of values in each list, such as 'vector[64]'"
_KEYS = ("role", "monotonic")
DIRECTIONS: tuple[str, ...] = get_args(Direction)


class ConfiguredRole(str):
    """A role as text.

    Attributes:
        monotonic: The direction in which a prediction may change with the values; None if in any.
    """

    monotonic: Direction | None = None


def _known_role(value: Any) -> ConfiguredRole:
    if not isinstance(value, dict):
        return _role(value, "")
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        raise WrongValue(f"one of {', '.join(_KEYS)}", f"an unknown key{did_you_mean(unknown[0], _KEYS)}", unknown[0])
    if "role" not in value:
        raise WrongValue(_A_ROLE, "none", "role")
    role, direction = _role(value["role"], "role"), value.get("monotonic")
    if direction is None:
        return role
    if direction not in DIRECTIONS:
        expected = " or ".join(map(repr, DIRECTIONS))
        raise WrongValue(expected, f"{direction!r}{did_you_mean(str(direction), DIRECTIONS)}", "monotonic")
    if role != "numeric":
        raise WrongValue("the role 'numeric' with monotonic", repr(str(role)), "role")
    role.monotonic = direction
    return role


def _role(value: Any, key: str) -> ConfiguredRole:
    try:
        role_of(str(value))
    except ValueError:
        of_a_vector = str(value).lower().startswith("vector")
        hint = "" if of_a_vector else did_you_mean(str(value), _ROLE_WORDS)
        raise WrongValue(_A_VECTOR if of_a_vector else _A_ROLE, f"{value!r}{hint}", key) from None
    role = ConfiguredRole(value)
    role.monotonic = getattr(value, "monotonic", None)
    return role


def _written(role: ConfiguredRole) -> Any:
    return {"role": str(role), "monotonic": role.monotonic} if role.monotonic else str(role)


WrittenRole = Annotated[ConfiguredRole, PlainValidator(_known_role), PlainSerializer(_written)]


def check_monotonic(directions: dict[str, str], task: str, family: str) -> None:
    """Refuse monotonic constraints for a task or a family that cannot keep them.

    Raises:
        WrongValue: They cannot be kept.
    """
    if not directions:
        return
    key = f"features.{next(iter(directions))}.monotonic"
    if task == "multiclass":
        raise WrongValue("a binary label or a regression with monotonic", f"{task!r}", key)
    if family == "neural":
        raise WrongValue(
            "the family trees, linear or auto with monotonic: a network cannot keep it", f"{family!r}", key
        )
