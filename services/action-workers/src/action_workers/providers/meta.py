"""Meta: users of a custom audience in the Marketing API v26.0."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Self
from uuid import UUID

import httpx
from chassis.errors import Rejected, Retryable
from pydantic import Field, SecretStr
from typing_extensions import override

from action_workers.answers import Sent
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Provider, read_account

TRANSIENT = frozenset({1, 2, 4, 17, 80003, 80004})
WORDS = {
    190: "Meta refuses the access token of the connection; renew it",
    200: "the account may not change this audience",
    294: "the account may not change this audience",
}


class MetaAccount(Account):
    """Access to the ad accounts of one business at Meta."""

    base_url: str = "https://graph.facebook.com"
    version: str = Field("v26.0", pattern=r"^v\d+\.\d+$")
    access_token: SecretStr


class Meta(Provider):
    """Adds people to audiences; adding the same person again changes nothing."""

    NAME: ClassVar[str] = "meta"

    def __init__(self, account: MetaAccount) -> None:
        self.account: MetaAccount = account
        token = f"Bearer {account.access_token.get_secret_value()}"
        self._http = asking.client(account.base_url, headers={"Authorization": token})

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(MetaAccount, connection, values))

    @override
    async def close(self) -> None:
        await self._http.aclose()

    async def add(self, audience: str, identifiers: Mapping[str, str], effect: UUID) -> Sent:
        """Add one person by hashed identifiers, named as Meta's schema names them (`EMAIL`, `PHONE`)."""
        session = {"session_id": effect.int >> 65, "batch_seq": 1, "last_batch_flag": True, "estimated_num_total": 1}
        payload = {"schema": list(identifiers), "is_raw": True, "data": [list(identifiers.values())]}
        form = {"payload": json.dumps(payload), "session": json.dumps(session)}
        path = f"/{self.account.version}/{audience}/users"
        response = await asking.ask(self._http, "Meta", "POST", path, data=form)
        if not response.is_success:
            raise refusal(response)
        told = asking.body(response, "Meta")
        if told.get("num_invalid_entries"):
            raise Rejected("Meta cannot use these identifiers; check the contact's email and phone")
        return Sent(str(told.get("session_id", "")))


def refusal(response: httpx.Response) -> Exception:
    """Read what Meta has against a request; throttling comes with status 400 too."""
    status, told = response.status_code, asking.error_body(response).get("error")
    error = told if isinstance(told, dict) else {}
    code = asking.number(error.get("code"))
    if code in TRANSIENT or asking.is_transient(status):
        return Retryable(f"Meta answered {status}", after=asking.retry_after(response))
    words = WORDS.get(code, error.get("message", "Meta refused"))
    return Rejected(f"{words} (Meta {code or status})")
