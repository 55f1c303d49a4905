"""Access tokens of OAuth 2 (RFC 6749): one that a connection holds, or new ones for its refresh token."""

import asyncio
import time
from typing import Self

import httpx
from chassis.errors import Rejected
from pydantic import SecretStr, model_validator

from action_workers.answers import Down, Uncertain
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Token

# A token that is about to end is renewed before it is refused; in seconds.
MARGIN = 60.0


class OAuthAccount(Account):
    """What an account holds of OAuth: an access token, or a refresh token that gives new ones."""

    token_url: str
    access_token: Token | None = None
    refresh_token: Token | None = None
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _can_be_opened(self) -> Self:
        if self.access_token is None and self.refresh_token is None:
            raise ValueError("an access_token or a refresh_token is needed")
        return self


class Tokens:
    """The access token of one account, in memory; whoever asks while one is on its way waits for that one."""

    def __init__(self, http: httpx.AsyncClient, who: str, account: OAuthAccount) -> None:
        self._http = http
        self._who = who
        self._account = account
        self._token = account.access_token.get_secret_value() if account.access_token else ""
        self._until = float("inf")
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """Give a token that holds."""
        async with self._one_at_a_time:
            if not self._token or time.monotonic() > self._until - MARGIN:
                await self._refresh()
            return self._token

    async def renew(self, refused: httpx.Response) -> bool:
        """Forget the token that an answer refused; gives whether there can be another one.

        Who hears of it late leaves the one that others have renewed meanwhile: some far ends end a token as soon as
        there is a newer one.
        """
        if self._account.refresh_token is None:
            return False
        if refused.request.headers.get("Authorization") == bearer(self._token):
            self._token = ""
        return True

    async def _refresh(self) -> None:
        refresh_token = self._account.refresh_token
        if refresh_token is None:
            why = f"{self._who}'s access token is over, and the connection has no refresh token"
            raise Rejected(f"{why}; authorise it again")
        response = await self._ask(refresh_token.get_secret_value())
        if asking.is_transient(response.status_code):
            why = f"{self._who} gave no token ({response.status_code})"
            raise asking.later(why, response.status_code, asking.retry_after(response))
        told = asking.error_body(response)
        if not response.is_success or not isinstance(told.get("access_token"), str):
            words = told.get("error_description") or told.get("error") or response.status_code
            raise Rejected(f"{self._who} refuses the refresh token of the connection; authorise it again ({words})")
        self._token = told["access_token"]
        self._until = time.monotonic() + float(asking.number(told.get("expires_in")) or 3600)

    async def _ask(self, refresh_token: str) -> httpx.Response:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret.get_secret_value(),
        }
        try:
            return await asking.ask(self._http, self._who, "POST", self._account.token_url, data=form)
        except Uncertain as error:
            # A token that nobody got did nothing; what it was for has not been asked.
            raise Down(str(error)) from error


def bearer(token: str) -> str:
    """Give the header of a request by which a token travels."""
    return f"Bearer {token}"
