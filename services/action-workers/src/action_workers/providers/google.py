"""Google: members of audiences in the Data Manager API v1."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Self

import httpx
from chassis.errors import Rejected
from pydantic import Field
from typing_extensions import override

from action_workers.answers import Sent
from action_workers.hashing import hashed, normalised_email, normalised_phone
from action_workers.providers import asking
from action_workers.providers.accounts import Works, read_account
from action_workers.providers.audiences import AudienceProvider, CameOut, no_audience
from action_workers.providers.changes import AudienceSettings, Change, Invalid, Person
from action_workers.providers.oauth import OAuthAccount, Tokens, bearer

INGEST, REMOVE = "/v1/audienceMembers:ingest", "/v1/audienceMembers:remove"
STATUS = "/v1/requestStatus:retrieve"
ACCOUNT = "accountTypes/GOOGLE_ADS/accounts/{}"
MOST_SHOWN = 5
# Of one person, of whom one of two identifiers may be unknown.
WELL = frozenset({"SUCCESS", "PARTIAL_SUCCESS"})
# Where dots before the @ mean nothing.
DOTLESS = frozenset({"gmail.com", "googlemail.com"})
UNAUTHORISED, NOT_FOUND = 401, 404
# What is wrong with people rather than with the request, where no field says whose it is.
OF_PEOPLE = frozenset(
    {
        "INVALID_AUDIENCE_MEMBER",
        "INVALID_FORMAT",
        "INVALID_HEX_ENCODING",
        "INVALID_SHA256_FORMAT",
        "NO_IDENTIFIERS_PROVIDED",
    }
)
MEMBER = re.compile(r"audience_?members\[(\d+)\]", re.IGNORECASE)
NO_AUDIENCE = frozenset({"INVALID_USER_LIST_ID", "INVALID_DESTINATION", "NOT_FOUND"})
WORDS = {
    "PERMISSION_DENIED": "the connection's Google account may not change audiences of this advertiser",
    "UNAUTHENTICATED": "Google refuses the access token of the connection; authorise it again",
    "TERMS_AND_CONDITIONS_NOT_SIGNED": "the terms of customer match are not accepted for this Google Ads account",
}
TRANSIENT = frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE", "ABORTED", "DEADLINE_EXCEEDED", "INTERNAL"})


class GoogleAccount(OAuthAccount):
    """A Google Ads account; `login_account` is the manager's where access is through one.

    `terms_accepted` says that somebody has accepted the terms of customer match. `asks_after` is
    when, in seconds, Google is asked how a request came out that it took.
    """

    base_url: str = "https://datamanager.googleapis.com"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    account: str = Field(pattern=r"^\d{10}$")
    login_account: str | None = Field(None, pattern=r"^\d{10}$")
    terms_accepted: bool = True
    asks_after: float = Field(600.0, gt=0)


class Google(AudienceProvider):
    """Changes audiences of one advertiser."""

    NAME: ClassVar[str] = "google"
    WHO: ClassVar[str] = "Google"
    KNOWS: ClassVar[frozenset[str]] = frozenset({"consent"})

    def __init__(self, account: GoogleAccount) -> None:
        self.account: GoogleAccount = account
        super().__init__(asking.client(account.base_url))
        self._tokens = Tokens(self._http, "Google", account)

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(GoogleAccount, connection, values))

    @override
    async def check(self) -> Works:
        response = await self._look()
        if response.status_code == UNAUTHORISED and await self._tokens.renew(response):
            response = await self._look()
        if response.status_code == NOT_FOUND:
            words = f"Google knows no account {self.account.account} that the connection reaches"
            raise Rejected(f"{words}; check account and login_account of the connection (Google {NOT_FOUND})")
        if not response.is_success:
            raise refusal(response, "")
        found = asking.objects(asking.seen(response, "Google"), "userLists")
        audiences = ", ".join(str(one.get("displayName", one.get("id"))) for one in found)
        words = f"Google lets the connection into the account {self.account.account}"
        return Works(f"{words}; its audiences: {audiences or 'none yet'}", {"audiences": audiences})

    async def _look(self) -> httpx.Response:
        headers = {"Authorization": bearer(await self._tokens.token())}
        if self.account.login_account:
            headers["login-account"] = ACCOUNT.format(self.account.login_account)
        path, query = f"/v1/{ACCOUNT.format(self.account.account)}/userLists", {"pageSize": str(MOST_SHOWN)}
        return await asking.look(self._http, "Google", "GET", path, params=query, headers=headers)

    @override
    def identifiers(self, email: str, phone: str) -> Person:
        digits = normalised_phone(phone)
        return {
            "emailAddress": hashed(without_dots(normalised_email(email))),
            "phoneNumber": hashed(f"+{digits}" if digits else ""),
        }

    @override
    async def change(self, change: Change) -> Sent:
        path = INGEST if change.add else REMOVE
        response = await self._ask(path, request(self.account, change))
        if response.status_code == UNAUTHORISED and await self._tokens.renew(response):
            response = await self._ask(path, request(self.account, change))
        if not response.is_success:
            raise refusal(response, change.audience)
        reference = str(asking.body(response, "Google").get("requestId", ""))
        return Sent(reference, ask_after=timedelta(seconds=self.account.asks_after) if reference else None)

    @override
    async def came_out(self, reference: str) -> CameOut | None:
        headers = {"Authorization": bearer(await self._tokens.token())}
        query = {"requestId": reference}
        response = await asking.ask(self._http, "Google", "GET", STATUS, params=query, headers=headers)
        if response.status_code == UNAUTHORISED:
            await self._tokens.renew(response)
        if not response.is_success:
            raise refusal(response, "")
        return read_status(asking.body(response, "Google"))

    async def _ask(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": bearer(await self._tokens.token())}
        return await asking.ask(self._http, "Google", "POST", path, json=body, headers=headers)


def read_status(told: dict[str, Any]) -> CameOut | None:
    """Read how a request came out at its one destination."""
    found = told.get("requestStatusPerDestination")
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    status = first.get("requestStatus")
    errors = asking.objects(first.get("errorInfo"), "errorCounts")
    reasons = ", ".join(str(one.get("reason")) for one in errors)
    if status in WELL:
        return CameOut(well=True, words=partly(errors, reasons))
    if status != "FAILED":
        return None
    return CameOut(well=False, words=f"Google could not process it ({reasons or 'no reason given'})")


def partly(errors: Sequence[Mapping[str, Any]], reasons: str) -> str:
    """Say how many of those who went together Google could not use, "" where there are none; it says not who."""
    count = " and ".join(str(one.get("recordCount", "some")) for one in errors)
    words = f"Google could not use {count} of those who went together ({reasons}), and does not say whom"
    return words if count else ""


def request(account: GoogleAccount, change: Change) -> dict[str, Any]:
    """Write the request for a change; consents and terms go with what is added alone."""
    destination: dict[str, Any] = {
        "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": account.account},
        "productDestinationId": change.audience,
    }
    if account.login_account:
        destination["loginAccount"] = {"accountType": "GOOGLE_ADS", "accountId": account.login_account}
    people = [{"userData": {"userIdentifiers": [{n: v} for n, v in person.items()]}} for person in change.people]
    body: dict[str, Any] = {"destinations": [destination], "audienceMembers": people, "encoding": "HEX"}
    return {**body, **agreed(account, change.settings)} if change.add else body


def agreed(account: GoogleAccount, settings: AudienceSettings) -> dict[str, Any]:
    """Give what the contact consented to, and that the terms are accepted, where that is said."""
    told: dict[str, Any] = {}
    if settings.consent is not None:
        status = f"CONSENT_{settings.consent.upper()}"
        told["consent"] = {"adUserData": status, "adPersonalization": status}
    if account.terms_accepted:
        told["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
    return told


def without_dots(email: str) -> str:
    """Give an email without the dots that Google's own mail does not read; what follows a plus stays."""
    user, at, domain = email.partition("@")
    return f"{user.replace('.', '')}{at}{domain}" if domain in DOTLESS else email


def refusal(response: httpx.Response, audience: str) -> Exception:
    """Read what Google has against a request: its status, the name of that, and the reason for it."""
    status, error = response.status_code, error_in(response)
    name, details = str(error.get("status", "")), asking.objects(error, "details")
    if asking.is_transient(status) or name in TRANSIENT:
        return asking.later(f"Google answered {status}", status, asking.retry_after(response, wait_in(details)))
    reason = reason_in(details) or name
    if reason in NO_AUDIENCE:
        return no_audience("Google", audience)
    told = f"{words_of(error, reason)} (Google {reason or status})"
    places = members_in(details)
    return Invalid(told, places=places) if places or reason in OF_PEOPLE else Rejected(told)


def words_of(error: Mapping[str, Any], reason: str) -> str:
    """Say a refusal in our words where we have some, else in Google's."""
    return WORDS.get(reason) or WORDS.get(str(error.get("status", ""))) or str(error.get("message", "Google refused"))


def reason_in(details: Iterable[Mapping[str, Any]]) -> str:
    """Find the reason that Google names (`google.rpc.ErrorInfo`), "" where it names none."""
    return next((str(one["reason"]) for one in details if one.get("reason")), "")


def members_in(details: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """Find the places of the people whom Google names: it takes nobody of a request in which somebody is wrong."""
    fields = (str(one.get("field", "")) for detail in details for one in asking.objects(detail, "fieldViolations"))
    return frozenset(int(found[1]) for field in fields if (found := MEMBER.search(field)))


def error_in(response: httpx.Response) -> dict[str, Any]:
    """Give what an answer says of an error, empty where it says nothing that can be read."""
    told = asking.error_body(response).get("error")
    return told if isinstance(told, dict) else {}


def wait_in(details: Sequence[Mapping[str, Any]]) -> timedelta | None:
    """Find how long Google asks us to wait (`google.rpc.RetryInfo`, like `30s`), None where it does not say."""
    delays = (str(one.get("retryDelay", "")).removesuffix("s") for one in details)
    return next((wait for delay in delays if (wait := asking.pause(delay)) is not None), None)
