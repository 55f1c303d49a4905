"""Meta: users of a custom audience in the Marketing API v26.0."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Self

import httpx
from chassis.errors import Rejected
from pydantic import Field
from typing_extensions import override

from action_workers.answers import Sent
from action_workers.hashing import hashed, normalised_email, normalised_phone
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Token, Works, read_account
from action_workers.providers.audiences import AudienceProvider, no_audience
from action_workers.providers.changes import Change, Invalid, Person

PARAMETER, UNKNOWN_OBJECT, RESTRICTED = 100, 33, 1713230
MOST_SHOWN = 5
WHOSE = {"fields": f"id,name,adaccounts.limit({MOST_SHOWN}){{name}}"}
# How far the limits of each business are used up, and in how many minutes it may ask again.
USAGE = "x-business-use-case-usage"
REGAIN = "estimated_time_to_regain_access"
TRANSIENT = frozenset({1, 2, 4, 17, 80003, 80004})
UNUSABLE = "Meta cannot use these identifiers; check the contact's email and phone"
WORDS = {
    190: "Meta refuses the access token of the connection; renew it",
    200: "the account may not change this audience",
    294: "the account may not change this audience",
}


class MetaAccount(Account):
    """Access to the ad accounts of one business at Meta."""

    base_url: str = "https://graph.facebook.com"
    version: str = Field("v26.0", pattern=r"^v\d+\.\d+$")
    access_token: Token


class Meta(AudienceProvider):
    """Changes custom audiences; a session of the same number is the same upload."""

    NAME: ClassVar[str] = "meta"
    WHO: ClassVar[str] = "Meta"

    def __init__(self, account: MetaAccount) -> None:
        self.account: MetaAccount = account
        token = f"Bearer {account.access_token.get_secret_value()}"
        super().__init__(asking.client(account.base_url, headers={"Authorization": token}))

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(MetaAccount, connection, values))

    @override
    async def check(self) -> Works:
        response = await asking.look(self._http, "Meta", "GET", f"/{self.account.version}/me", params=WHOSE)
        if not response.is_success:
            raise refusal(response)
        told = asking.seen(response, "Meta")
        found = asking.objects(told.get("adaccounts"), "data")
        name, accounts = str(told.get("name", "")), ", ".join(str(one.get("name", one.get("id"))) for one in found)
        if not accounts:
            raise Rejected(f"Meta knows '{name}', who reaches no ad account; give them one in the business settings")
        words = f"Meta knows '{name}', who reaches the ad accounts {accounts}"
        return Works(words, {"name": name, "ad accounts": accounts})

    @override
    def identifiers(self, email: str, phone: str) -> Person:
        return {"EMAIL": hashed(normalised_email(email)), "PHONE": hashed(normalised_phone(phone))}

    @override
    async def change(self, change: Change) -> Sent:
        people = len(change.people)
        session = {
            "session_id": change.key.int >> 65,
            "batch_seq": 1,
            "last_batch_flag": True,
            "estimated_num_total": people,
        }
        keys = sorted({key for person in change.people for key in person})
        rows = [[person.get(key, "") for key in keys] for person in change.people]
        payload = {"schema": keys, "is_raw": True, "data": rows}
        form = {"payload": json.dumps(payload), "session": json.dumps(session)}
        path = f"/{self.account.version}/{change.audience}/users"
        response = await asking.ask(self._http, "Meta", "POST" if change.add else "DELETE", path, data=form)
        if not response.is_success:
            raise refusal(response, change.audience)
        told = asking.body(response, "Meta")
        sent = Sent(str(told.get("session_id", "")))
        if wrong := asking.number(told.get("num_invalid_entries")):
            raise Invalid(UNUSABLE, places=named(change.people, told.get("invalid_entry_samples"), wrong), rest=sent)
        return sent


def named(people: Sequence[Person], samples: Any, wrong: int) -> frozenset[int]:
    """Give the places of those whom Meta cannot use, none where its samples do not name them all."""
    said = str(samples)
    places = frozenset(n for n, person in enumerate(people) if any(value in said for value in person.values()))
    return places if len(places) == wrong else frozenset()


def refusal(response: httpx.Response, audience: str = "") -> Exception:
    """Read what Meta has against a request; throttling comes with status 400 too."""
    status, told = response.status_code, asking.error_body(response).get("error")
    error = told if isinstance(told, dict) else {}
    code = asking.number(error.get("code"))
    if code in TRANSIENT or asking.is_transient(status) or error.get("is_transient") is True:
        return asking.later(f"Meta answered {status}", status, asking.retry_after(response, regained(response)))
    if code == PARAMETER and (found := of_audience(error.get("error_subcode"), audience)):
        return found
    words = WORDS.get(code, error.get("message", "Meta refused"))
    return Rejected(f"{words} (Meta {code or status})")


def of_audience(subcode: Any, audience: str) -> Exception | None:
    """Read what Meta has against an audience, None where it is something else."""
    if subcode == UNKNOWN_OBJECT:
        return no_audience("Meta", audience)
    if subcode == RESTRICTED:
        return Rejected(f"Meta has restricted the audience '{audience}'; resolve that in its Audience Manager first")
    return None


def regained(response: httpx.Response) -> timedelta | None:
    """Give when Meta says that we may ask again, the longest of what it says; None where it does not say.

    See *Business Use Case Rate Limits* in https://developers.facebook.com/docs/graph-api/overview/rate-limiting.
    """
    try:
        told = json.loads(response.headers.get(USAGE, "{}"))
        minutes = [asking.pause(use.get(REGAIN, 0)) for uses in told.values() for use in uses]
        return min(60 * max(filter(None, minutes), default=timedelta()), asking.LONGEST_PAUSE) or None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
