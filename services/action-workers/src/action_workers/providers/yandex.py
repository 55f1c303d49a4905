"""Yandex: data of segments in the Audience API; a segment is made of hashed CRM data beforehand."""

import csv
import io
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
from action_workers.providers.changes import Change, Person

COLUMNS = ("email", "phone")
UNKNOWN = 404
SEGMENTS = "/v1/management/segments"
MOST_SHOWN = 5
WORDS = {
    401: "Yandex refuses the token of the connection; authorise it again",
    403: "the connection's account may not change this segment",
}


class YandexAccount(Account):
    """Access to Yandex Audience. `longest_wait` is how long, in hours, rows wait for enough others to be uploaded."""

    base_url: str = "https://api-audience.yandex.ru"
    access_token: Token
    longest_wait: float = Field(720.0, gt=0)


class Yandex(AudienceProvider):
    """Changes segments; what is added goes a hundred rows at a time at least."""

    NAME: ClassVar[str] = "yandex"
    WHO: ClassVar[str] = "Yandex"
    SMALLEST: ClassVar[int] = 100

    def __init__(self, account: YandexAccount) -> None:
        self.account: YandexAccount = account
        token = f"OAuth {account.access_token.get_secret_value()}"
        super().__init__(asking.client(account.base_url, headers={"Authorization": token}))

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(YandexAccount, connection, values))

    @override
    async def check(self) -> Works:
        response = await asking.look(self._http, "Yandex", "GET", SEGMENTS)
        if response.status_code == UNKNOWN:
            raise Rejected(f"there is no Yandex Audience at {self.account.base_url}; check base_url of the connection")
        if not response.is_success:
            raise refusal(response, "")
        found = asking.objects(asking.seen(response, "Yandex"), "segments")
        segments = ", ".join(str(one.get("name", one.get("id"))) for one in found[:MOST_SHOWN])
        words = f"Yandex takes the token; it reaches {len(found)} segments"
        return Works(f"{words}: {segments}" if segments else words, {"segments": segments})

    @override
    def longest_wait(self) -> timedelta:
        return timedelta(hours=self.account.longest_wait)

    @override
    def identifiers(self, email: str, phone: str) -> Person:
        return {"email": hashed(normalised_email(email)), "phone": hashed(normalised_phone(phone))}

    @override
    async def change(self, change: Change) -> Sent:
        # What is to be taken out does not wait for others: the platform takes fewer where it is told not to count.
        query = {
            "modification_type": "addition" if change.add else "subtraction",
            "check_size": "true" if change.add else "false",
        }
        path = f"/v1/management/segment/{change.audience}/modify_data"
        file = {"file": ("data.csv", table(change.people), "text/csv")}
        response = await asking.ask(self._http, "Yandex", "POST", path, params=query, files=file)
        if not response.is_success:
            raise refusal(response, change.audience)
        segment = asking.body(response, "Yandex").get("segment")
        return Sent(str(segment.get("status", "")) if isinstance(segment, dict) else "")


def table(people: Sequence[Person]) -> bytes:
    """Write people as the platform's CSV."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    rows.writerows([person.get(name, "") for name in COLUMNS] for person in people)
    return written.getvalue().encode()


def refusal(response: httpx.Response, audience: str) -> Exception:
    """Read what Yandex has against a request."""
    status = response.status_code
    if asking.is_transient(status):
        return asking.later(f"Yandex answered {status}", status, asking.retry_after(response))
    if status == UNKNOWN:
        return no_audience("Yandex", audience)
    words = WORDS.get(status, asking.error_body(response).get("message", "Yandex refused"))
    return Rejected(f"{words} (Yandex {status})")
