"""Any web service whose address a rule names, through the guarded client."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import httpcore
import httpx
from chassis.errors import Rejected
from typing_extensions import override

from action_workers.answers import Down, Uncertain
from action_workers.guarded import SILENT, Allowed, Guard, NotAllowed
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Provider, read_account

NOT_TOUCHED = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
REDIRECTS = 300
REFUSALS = 400
LONGEST_WORDS = 200


class WebAccount(Account):
    """What the deployment allows: ports outside, and hosts wherever they are."""

    ports: tuple[int, ...] = (80, 443)
    inside_hosts: tuple[str, ...] = ()


class Web(Provider):
    """Asks what a rule says; it belongs to nobody, so there is no account to open."""

    NAME: ClassVar[str] = "web"

    def __init__(self, account: WebAccount) -> None:
        self.account: WebAccount = account
        hosts = frozenset(host.lower() for host in account.inside_hosts)
        self._guard = Guard(Allowed(frozenset(account.ports), hosts))

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(WebAccount, connection, values))

    @classmethod
    @override
    def one_place(cls, _: Mapping[str, Any]) -> bool:
        return False

    @override
    async def close(self) -> None:
        await self._guard.close()

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, within: float | None = None
    ) -> httpx.Response:
        """Ask, and give an answer that accepts, within so many seconds.

        Raises `Rejected` for what may not be asked and what is refused, `Retryable` where it may be asked again,
        `Uncertain` where nobody knows whether it was taken.
        """
        return accepted(await self.any_answer(method, url, headers, content, within))

    async def any_answer(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, within: float | None = None
    ) -> httpx.Response:
        """Ask, and give whatever is answered; raises as `ask` does."""
        try:
            return await self._guard.ask(method, url, headers, content, within)
        except (NotAllowed, httpcore.LocalProtocolError) as error:
            raise Rejected(asking.said(error)) from error
        except NOT_TOUCHED as error:
            raise Down(f"it cannot be reached: {asking.said(error)}") from error
        except SILENT as error:
            raise Uncertain(f"it did not answer, and may have taken it: {asking.said(error)}") from error


def accepted(response: httpx.Response) -> httpx.Response:
    """Give an answer that accepts; raises `Retryable` or `Rejected` for any other."""
    status = response.status_code
    if response.is_success:
        return response
    if asking.is_transient(status):
        raise asking.later(f"it answered {status}", status, asking.retry_after(response))
    if REDIRECTS <= status < REFUSALS:
        where = response.headers.get("location", "")
        raise Rejected(f"it leads elsewhere ({status}), which is not followed; write the other address: {where:.200}")
    words = " ".join(text_of(response).split())[:LONGEST_WORDS]
    raise Rejected(f"it refused with {status}{': ' if words else ''}{words}")


def text_of(response: httpx.Response) -> str:
    """Give an answer as text, whatever its charset is called."""
    try:
        return response.content.decode(response.charset_encoding or "utf-8", "replace")
    except (LookupError, ValueError):  # codecs that are none for texts say so in ways of their own
        return response.content.decode("utf-8", "replace")
