"""Who asks: a principal on every operation, from a bearer token."""

import hmac
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from chassis.problems import Problem
from chassis.telemetry import LOGINS_REFUSED

BEARER = HTTPBearer(auto_error=False, description="A token that is valid now.")


@dataclass(frozen=True, slots=True)
class Principal:
    """A person (`user:ann`) or a service (`service:action-workers`).

    An `operator` comes with a static token of the deployment's settings; `key` and `scope` are the id and the limits of
    the API key that was shown, where it was one.
    """

    name: str
    operator: bool = False
    key: str = ""
    scope: Any = None

    @property
    def is_service(self) -> bool:
        """Say whether this is one of our services."""
        return self.name.startswith("service:")


class Tokens:
    """The static tokens of a deployment."""

    def __init__(self, tokens: dict[str, SecretStr]) -> None:
        self._tokens = {name: token.get_secret_value().encode() for name, token in tokens.items()}

    def principal(self, token: str) -> Principal | None:
        """Give whose token this is, comparing all of them in constant time."""
        given = token.encode()
        found = [name for name, known in self._tokens.items() if hmac.compare_digest(known, given)]
        return Principal(found[0], operator=True) if found else None


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> Principal:
    """Give the principal of a request; raises a 401 problem."""
    if credentials is not None:
        token, state = credentials.credentials, request.app.state
        principal = state.tokens.principal(token)
        for authenticate in getattr(state, "authenticates", ()):
            principal = principal or await authenticate(token)
        if principal is not None:
            return principal  # type: ignore[no-any-return]
        LOGINS_REFUSED.labels("unknown").inc()
    raise Problem(401, "Who are you?", detail="Send 'Authorization: Bearer <token>' with a token that is valid now.")


Caller = Annotated[Principal, Depends(authenticated)]
