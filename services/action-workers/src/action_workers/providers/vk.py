"""VK: contacts of target groups in the classic API, whose answers all have status 200.

VK's schema (5.199) names the methods, their parameters and errors. That MD5 is taken, and how many contacts at once, is
not from a page of VK's; see `docs/how-to/advertising-audiences.md`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal, Self

import httpx
from chassis.errors import Rejected, Retryable
from pydantic import Field
from typing_extensions import override

from action_workers.answers import Busy, Sent, Uncertain
from action_workers.hashing import hashed_weakly, normalised_email, normalised_phone
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Token, Works, read_account
from action_workers.providers.audiences import AudienceProvider, no_audience
from action_workers.providers.changes import Change, Person

ACCOUNTS = "/method/ads.getAccounts"
IMPORT, REMOVE = "/method/ads.importTargetContacts", "/method/ads.removeTargetContacts"
NO_STRONG_HASH = (
    "VK takes no SHA-256, and nothing leaves here in clear; set 'hashing: md5' on the connection to allow MD5, "
    "the one hash that VK takes"
)
TOO_MUCH_TODAY, PARAMETER = 601, 100
TRANSIENT = frozenset({1, 6, 9, 10, 29, 602})
DAILY = timedelta(hours=6)
WORDS = {
    5: "VK refuses the access token of the connection; authorise it again",
    7: "the connection's account may not change audiences",
    15: "the connection's account may not change audiences",
    600: "the connection's account may not change this audience",
}


class VkAccount(Account):
    """An advertising account at VK. `hashing` must say that MD5 may leave: the platform takes nothing stronger."""

    base_url: str = "https://api.vk.com"
    version: str = Field("5.199", pattern=r"^5\.\d+$")
    account: str = Field(pattern=r"^\d+$")
    access_token: Token
    hashing: Literal["sha256", "md5"] = "sha256"


class Vk(AudienceProvider):
    """Changes target groups."""

    NAME: ClassVar[str] = "vk"
    WHO: ClassVar[str] = "VK"
    LARGEST: ClassVar[int] = 500
    KNOWS: ClassVar[frozenset[str]] = frozenset({"client"})

    def __init__(self, account: VkAccount) -> None:
        self.account: VkAccount = account
        super().__init__(asking.client(account.base_url))

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(VkAccount, connection, values))

    @override
    async def check(self) -> Works:
        form = {"access_token": self.account.access_token.get_secret_value(), "v": self.account.version}
        response = await asking.look(self._http, "VK", "POST", ACCOUNTS, data=form)
        if not response.is_success:
            raise at_the_door(response)
        told = asking.seen(response, "VK")
        if "error" in told:
            raise refusal(told["error"], response, "")
        accounts = asking.objects(told, "response")
        names = {str(one.get("account_id")): str(one.get("account_name", "")) for one in accounts}
        if self.account.account not in names:
            known = ", ".join(sorted(names)) or "none"
            raise Rejected(f"VK's token does not reach the account {self.account.account}; it reaches: {known}")
        name = names[self.account.account]
        return Works(f"VK knows the advertising account {self.account.account} '{name}'", {"name": name})

    @override
    def identifiers(self, email: str, phone: str) -> Person:
        if self.account.hashing != "md5":
            raise Rejected(NO_STRONG_HASH)
        return {"email": hashed_weakly(normalised_email(email)), "phone": hashed_weakly(normalised_phone(phone))}

    @override
    async def change(self, change: Change) -> Sent:
        form = {
            "access_token": self.account.access_token.get_secret_value(),
            "v": self.account.version,
            "account_id": self.account.account,
            "target_group_id": change.audience,
            "contacts": ",".join(value for person in change.people for value in person.values()),
        }
        if change.settings.client:
            form["client_id"] = change.settings.client
        response = await asking.ask(self._http, "VK", "POST", IMPORT if change.add else REMOVE, data=form)
        if not response.is_success:
            raise at_the_door(response)
        told = asking.body(response, "VK")
        if "error" in told:
            raise refusal(told["error"], response, change.audience)
        if "response" not in told:
            raise Uncertain("VK answered with neither a response nor an error")
        return Sent(str(told["response"]))


def at_the_door(response: httpx.Response) -> Exception:
    """Read an answer that is not the method's own."""
    status = response.status_code
    if asking.is_transient(status):
        return asking.later(f"VK answered {status}", status, asking.retry_after(response))
    return Rejected(f"VK refused ({status})")


def refusal(told: Any, response: httpx.Response, audience: str) -> Exception:
    """Read the error of a method."""
    error = told if isinstance(told, dict) else {}
    code, message = asking.number(error.get("error_code")), str(error.get("error_msg", "VK refused"))
    if code == TOO_MUCH_TODAY:
        return Busy("VK takes no more changes today (VK 601)", after=asking.retry_after(response) or DAILY)
    if code in TRANSIENT:
        return Retryable(f"{message} (VK {code})", after=asking.retry_after(response))
    if code == PARAMETER and "target_group_id" in message:
        return no_audience("VK", audience)
    return Rejected(f"{WORDS.get(code, message)} (VK {code})")
