"""The paths of tokens."""

from typing import Annotated

from fastapi import APIRouter, Depends

from penstock.registry.documents import NewToken, Page, Token, TokenBody
from penstock.registry.http.access import Administrator, owner
from penstock.registry.http.parameters import Part, RowName

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("/own")
def own_token(token: Annotated[Token, Depends(owner)]) -> Token:
    """Return the record of the token that the request carries."""
    return token


@router.get("/all")
def list_tokens(registry: Administrator, part: Part) -> Page[Token]:
    """List the tokens, without their texts."""
    return registry.tokens(part)


@router.post("")
def create_token(registry: Administrator, body: TokenBody) -> NewToken:
    """Make a token; its text is in this answer and nowhere else."""
    token, text = registry.create_token(body)
    return NewToken(token=token, text=text)


@router.post("/name/{name}/revoke")
def revoke_token(registry: Administrator, name: RowName) -> Token:
    """Revoke a token: it is refused from now on."""
    return registry.revoke_token(name)
