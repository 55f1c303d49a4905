"""Third-party apps, each called at the address of its manifest, signed per Standard Webhooks with its own secret."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

import httpx
from chassis.standard_webhooks import signed
from contracts.apps import App
from typing_extensions import override

from action_workers.providers.accounts import read_account
from action_workers.providers.web import Web
from action_workers.providers.webhook import JSON, SigningAccount, check_secrets, message_id


class AppAccount(SigningAccount):
    """An installed app: its manifest as it is now."""

    manifest: App


class Apps(Web):
    """Calls one app."""

    NAME: ClassVar[str] = "app"
    WITHIN_THE_WEB: ClassVar[bool] = True
    SEALED_AS: ClassVar[str] = "app"
    account: AppAccount

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        account = read_account(AppAccount, connection, values)
        check_secrets(account, f"app '{connection}'")
        return cls(account)

    @classmethod
    @override
    def one_place(cls, _: Mapping[str, Any]) -> bool:
        return True

    @property
    def manifest(self) -> App:
        """Give the app's manifest."""
        return self.account.manifest

    async def call(self, body: bytes, effect: UUID, within: float) -> httpx.Response:
        """Call the app, which knows a second call by the effect's id; raises as `ask`."""
        headers = {**JSON, **signed(self.account.secrets, message_id(effect), datetime.now(UTC), body)}
        return await self.ask("POST", self.manifest.address, headers, body, within)
