"""crm-api as the provider of tasks, notices, files and documents; it knows a second request by the effect's id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import unquote

import httpx
from chassis.errors import Rejected
from pydantic import SecretStr
from typing_extensions import override

from action_workers.answers import Down, Uncertain
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Provider, read_account

WHO = "crm-api"
REFUSED_TOKEN = frozenset({401, 403})
GONE = frozenset({404, 410})


class CrmAccount(Account):
    """Where crm-api is and who we are to it; ours, so we ask again soon.

    `libre_office` is the program that prints DOCX, empty where this installation has none.
    """

    retry_first: float = 1.0
    retry_longest: float = 60.0
    base_url: str
    token: SecretStr
    libre_office: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file or a document's file; a file has no name of its own."""

    content_type: str
    content: bytes
    name: str = ""


class Crm(Provider):
    """Makes tasks, notices and documents."""

    NAME: ClassVar[str] = "crm-api"

    def __init__(self, account: CrmAccount) -> None:
        self.account: CrmAccount = account
        token = f"Bearer {account.token.get_secret_value()}"
        self._http = asking.client(account.base_url, headers={"Authorization": token})

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(CrmAccount, connection, values))

    @override
    async def close(self) -> None:
        await self._http.aclose()

    async def create_task(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Make a task and give it."""
        return asking.body(await self._ask("POST", "/v1/tasks", json=task), WHO)

    async def create_notice(self, notice: Mapping[str, Any]) -> dict[str, Any]:
        """Tell somebody something inside the CRM."""
        return asking.body(await self._ask("POST", "/v1/notices", json=notice), WHO)

    async def file(self, hash_: str) -> bytes:
        """Give a file's bytes by its content hash."""
        return (await self._ask("GET", f"/v1/files/{hash_}")).content

    async def fetch_file(self, hash_: str, place: str) -> Fetched:
        """Give a file by its content hash; raises `Rejected` that names the place where it is asked for."""
        return await self._fetch(f"/v1/files/{hash_}", place, "file")

    async def fetch_document(self, token: str, place: str) -> Fetched:
        """Give the file of a document by the secret part of its address; raises as `fetch_file` does."""
        return await self._fetch(f"/v1/documents/by-token/{token}", place, "document")

    async def _fetch(self, path: str, place: str, what: str) -> Fetched:
        try:
            response = await asking.ask(self._http, WHO, "GET", path)
        except Uncertain as error:  # what is only read can be read again
            raise Down(str(error)) from error
        if response.status_code in GONE:
            raise Rejected(f"{place}: there is no such {what} any more")
        if not response.is_success:
            raise refusal(response)
        told = response.headers
        name = unquote(told.get("document-name") or told.get("document-template", ""))
        return Fetched(response.headers.get("content-type", ""), response.content, name)

    async def put_file(self, content: bytes, content_type: str) -> str:
        """Keep a file and give its content hash."""
        kept = await self._ask("POST", "/v1/files", content=content, headers={"Content-Type": content_type})
        return str(asking.body(kept, WHO)["hash"])

    async def goods(self, item: str) -> dict[str, Any]:
        """Give the rows of goods of an item, and what they come to."""
        return asking.body(await self._ask("GET", f"/v1/items/{item}/goods"), WHO)

    async def create_document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Number a document, and make it where its file is there: its number and the secret part of its address."""
        return asking.body(await self._ask("POST", "/v1/documents", json=document), WHO)

    async def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        response = await asking.ask(self._http, WHO, method, path, **content)
        if response.is_success:
            return response
        raise refusal(response)


def refusal(response: httpx.Response) -> Exception:
    """Read crm-api's problem document."""
    if asking.is_transient(response.status_code):
        status = response.status_code
        return asking.later(f"crm-api answered {status}", status, asking.retry_after(response))
    if response.status_code in REFUSED_TOKEN:
        return Rejected("crm-api refuses this service's token; check ACTION_WORKERS_CRM_API_TOKEN")
    told = asking.error_body(response)
    fields = "; ".join(f"{e.get('field')}: {e.get('problem')}" for e in told.get("errors", ()) if isinstance(e, dict))
    words = fields or told.get("detail") or told.get("title") or "refused"
    return Rejected(f"crm-api: {words} ({response.status_code})")
