"""The outside world: one file per provider, and the one table of them."""

from action_workers.providers.accounts import Accounts, Provider
from action_workers.providers.apps import Apps
from action_workers.providers.audiences import AudienceProvider
from action_workers.providers.crm import Crm
from action_workers.providers.google import Google
from action_workers.providers.meta import Meta
from action_workers.providers.smtp import Smtp
from action_workers.providers.telegram import Telegram
from action_workers.providers.twilio import Twilio
from action_workers.providers.vk import Vk
from action_workers.providers.web import Web
from action_workers.providers.webhook import Webhook
from action_workers.providers.yandex import Yandex

PROVIDERS: dict[str, type[Provider]] = {
    p.NAME: p for p in (Twilio, Smtp, Meta, Google, Vk, Yandex, Crm, Web, Webhook, Apps, Telegram)
}

__all__ = ["PROVIDERS", "Accounts", "AudienceProvider", "Provider"]
