"""All ends in one process: what the command runs and tests hold in their hands."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from fastapi import APIRouter

from simulators.app import App
from simulators.control import Control, make_app
from simulators.faults import Fault, Faults, Kind, Provider
from simulators.google import Google
from simulators.heard import Heard
from simulators.mail import Mailbox
from simulators.meta import Meta
from simulators.records import Journal, Records
from simulators.serving import serving_http, serving_smtp
from simulators.settings import Settings
from simulators.status_callbacks import StatusCallbacks
from simulators.stripe import Stripe
from simulators.telegram import Telegram
from simulators.twilio import Twilio
from simulators.twilio_calls import TwilioCalls
from simulators.vk import Vk
from simulators.web import Web
from simulators.yandex import Yandex

CALLBACK_TIMEOUT = 15.0  # seconds; Twilio's own


class End(Protocol):
    """One provider that is spoken to over HTTP."""

    accepted: Records[Any]

    def router(self) -> APIRouter:
        """Give its paths."""
        ...


@dataclass(frozen=True)
class Ends:
    """All providers that are spoken to over HTTP."""

    twilio: Twilio
    meta: Meta
    stripe: Stripe
    web: Web
    google: Google
    vk: Vk
    yandex: Yandex
    telegram: Telegram
    calls: TwilioCalls
    app: App

    @classmethod
    def of(
        cls, settings: Settings, faults: Faults, journal: Journal, client: httpx.AsyncClient, callbacks: StatusCallbacks
    ) -> "Ends":
        """Make them; `client` and `callbacks` are for those that call back."""
        return cls(
            twilio=Twilio(settings, faults, journal, callbacks),
            meta=Meta(settings, faults, journal),
            stripe=Stripe(settings, faults, journal, client),
            web=Web(faults, journal),
            google=Google(settings, faults, journal),
            vk=Vk(settings, faults, journal),
            yandex=Yandex(settings, faults, journal),
            telegram=Telegram(settings, faults, journal, client),
            calls=TwilioCalls(settings, faults, journal, client),
            app=App(settings, faults, journal),
        )


@dataclass(frozen=True)
class Simulation(Ends):
    """A running simulator: its addresses (`http` a base URL, `smtp` host:port) and its providers."""

    http: str
    smtp: str
    settings: Settings
    faults: Faults
    mail: Mailbox
    heard: Heard
    records: Mapping[Provider, Records[Any]]

    def fail(self, provider: Provider, kind: Kind, times: int = 1, **detail: Any) -> None:
        """Queue a fault; `detail` are the further fields of Fault."""
        self.faults.add(Fault(provider=provider, kind=kind, times=times, **detail))

    def clear(self) -> None:
        """Forget faults, what was accepted, and what each end was told of its clients and accounts."""
        self.faults.clear()
        self.twilio.clear()
        self.google.clear()
        self.telegram.clear()
        self.app.clear()
        self.heard.requests.clear()
        for each in self.records.values():
            each.clear()


@contextlib.asynccontextmanager
async def _calling_back(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, StatusCallbacks]]:
    """Give what calls whoever uses the simulator back: the client of all ends, and Twilio's reports through it."""
    token = settings.twilio_auth_token.get_secret_value()
    async with httpx.AsyncClient(trust_env=False, timeout=CALLBACK_TIMEOUT) as client:
        callbacks = StatusCallbacks(token, client, settings.twilio_callback_after)
        try:
            yield client, callbacks
        finally:
            await callbacks.close()


@contextlib.asynccontextmanager
async def running(settings: Settings | None = None) -> AsyncIterator[Simulation]:
    """Run the simulator in this event loop until the block ends."""
    settings = settings or Settings()
    faults, journal = Faults(), Journal(settings.journal)
    mailbox = Mailbox(faults, journal, settings.smtp_user, settings.smtp_password.get_secret_value())
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(journal.close)
        client, callbacks = await stack.enter_async_context(_calling_back(settings))
        ends = Ends.of(settings, faults, journal, client, callbacks)
        every: tuple[End, ...] = tuple(vars(ends).values())
        records = {each.provider: each for each in (mailbox.accepted, *(end.accepted for end in every))}
        control = Control(faults, records, ends.twilio, ends.stripe)
        heard = Heard(make_app(*(end.router() for end in every), control.router()))
        http = await stack.enter_async_context(serving_http(heard, settings.host, settings.http_port))
        smtp = await stack.enter_async_context(serving_smtp(mailbox, settings.host, settings.smtp_port))
        yield Simulation(
            http=http,
            smtp=smtp,
            settings=settings,
            faults=faults,
            mail=mailbox,
            heard=heard,
            records=records,
            **vars(ends),
        )
