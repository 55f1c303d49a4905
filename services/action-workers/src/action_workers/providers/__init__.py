"""The outside world: one file per provider, and the one table of them."""

from action_workers.providers.accounts import Accounts, Provider
from action_workers.providers.crm import Crm
from action_workers.providers.meta import Meta
from action_workers.providers.smtp import Smtp
from action_workers.providers.twilio import Twilio

PROVIDERS: dict[str, type[Provider]] = {p.NAME: p for p in (Twilio, Smtp, Meta, Crm)}

__all__ = ["PROVIDERS", "Accounts", "Provider"]
