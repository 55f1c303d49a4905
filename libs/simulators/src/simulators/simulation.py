"""All ends in one process: what the command runs and tests hold in their hands."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.control import Control, make_app
from simulators.faults import Fault, Faults, Kind, Provider
from simulators.mail import Mailbox
from simulators.meta import Meta
from simulators.records import Journal, Records
from simulators.serving import serving_http, serving_smtp
from simulators.settings import Settings
from simulators.status_callbacks import StatusCallbacks
from simulators.stripe import Stripe
from simulators.twilio import Twilio
from simulators.web import Web

CALLBACK_TIMEOUT = 15.0  # seconds; Twilio's own


@dataclass(frozen=True)
class Simulation:
    """A running simulator: its addresses (`http` a base URL, `smtp` host:port) and its providers."""

    http: str
    smtp: str
    settings: Settings
    faults: Faults
    twilio: Twilio
    meta: Meta
    stripe: Stripe
    mail: Mailbox
    web: Web

    def fail(self, provider: Provider, kind: Kind, times: int = 1, **detail: Any) -> None:
        """Queue a fault; `detail` are the further fields of Fault."""
        self.faults.add(Fault(provider=provider, kind=kind, times=times, **detail))

    def clear(self) -> None:
        """Forget faults, what was accepted and who opted out."""
        self.faults.clear()
        self.twilio.opted_out.clear()
        records: tuple[Records[Any], ...] = (
            self.twilio.accepted,
            self.meta.accepted,
            self.stripe.accepted,
            self.mail.accepted,
            self.web.accepted,
        )
        for each in records:
            each.clear()


@contextlib.asynccontextmanager
async def running(settings: Settings | None = None) -> AsyncIterator[Simulation]:
    """Run the simulator in this event loop until the block ends."""
    settings = settings or Settings()
    faults, journal = Faults(), Journal(settings.journal)
    mailbox, meta, web = Mailbox(faults, journal), Meta(settings, faults, journal), Web(faults, journal)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(journal.close)
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=CALLBACK_TIMEOUT))
        stripe = Stripe(settings, faults, journal, client)
        token = settings.twilio_auth_token.get_secret_value()
        callbacks = StatusCallbacks(token, client, settings.twilio_callback_after)
        stack.push_async_callback(callbacks.close)
        twilio = Twilio(settings, faults, journal, callbacks)
        records: dict[Provider, Records[Any]] = {
            each.provider: each
            for each in (twilio.accepted, meta.accepted, stripe.accepted, mailbox.accepted, web.accepted)
        }
        control = Control(faults, records, twilio, stripe)
        app = make_app(twilio.router(), meta.router(), stripe.router(), web.router(), control.router())
        http = await stack.enter_async_context(serving_http(app, settings.host, settings.http_port))
        smtp = await stack.enter_async_context(serving_smtp(mailbox, settings.host, settings.smtp_port))
        yield Simulation(http, smtp, settings, faults, twilio, meta, stripe, mailbox, web)
