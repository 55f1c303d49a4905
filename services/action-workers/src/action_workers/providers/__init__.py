"""The outside world: one file per provider, and the one table of them."""

from action_workers.providers.accounts import Accounts, Provider
from action_workers.providers.crm import Crm
from action_workers.providers.meta import Meta
from action_workers.providers.smtp import Smtp
from action_workers.providers.twilio import Twilio
from action_workers.providers.web import Web

PROVIDERS: dict[str, type[Provider]] = {p.NAME: p for p in (Twilio, Smtp, Meta, Crm, Web)}

__all__ = ["PROVIDERS", "Accounts", "Provider"]
