"""Roles as `[features]` writes them: a word, or `vector[N]`."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from modules.features import ROLES, role_of
from pipeline.data_section import WrongValue
from pipeline.text import did_you_mean

_WORDS = [role for role in ROLES if role != "vector"]
_EXPECTED = f"{', '.join(map(repr, _WORDS))} or 'vector[N]'"
_OF_A_VECTOR = "'vector[N]' with the number of values in each list, such as 'vector[64]'"


def _known(role: Any) -> str:
    try:
        role_of(str(role))
    except ValueError:
        of_a_vector = str(role).lower().startswith("vector")
        hint = "" if of_a_vector else did_you_mean(str(role), _WORDS)
        raise WrongValue(_OF_A_VECTOR if of_a_vector else _EXPECTED, f"{role!r}{hint}") from None
    return str(role)


WrittenRole = Annotated[str, BeforeValidator(_known)]
