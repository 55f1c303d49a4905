"""The control calls: faults, what was accepted, and what providers do of themselves."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from simulators.faults import Fault, Faults, Provider
from simulators.records import Records
from simulators.stripe import Order, Outcome, Redelivery, Stripe
from simulators.twilio import Twilio


class Callbacks(BaseModel):
    """Which messages get a status callback (all, where nothing is named), with what status and how often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sid: str | None = None
    to: str | None = None
    status: str = "delivered"
    error_code: int | None = None
    times: int = Field(default=1, ge=1)


class Reported(BaseModel):
    """What the receiver of one callback answered; None where it did not."""

    sid: str
    status_callback: str | None
    answer: int | None


class Control:
    """Serves the control calls over the providers that it is given."""

    def __init__(
        self, faults: Faults, records: Mapping[Provider, Records[Any]], twilio: Twilio, stripe: Stripe
    ) -> None:
        self._faults = faults
        self._records = records
        self._twilio = twilio
        self._stripe = stripe

    def router(self) -> APIRouter:
        """Give the paths."""
        router = APIRouter(prefix="/_control")
        router.add_api_route("/faults", self.faults, methods=["GET"])
        router.add_api_route("/faults", self.fail, methods=["POST"], status_code=201)
        router.add_api_route("/faults", self.heal, methods=["DELETE"], status_code=204)
        router.add_api_route("/accepted", self.accepted, methods=["GET"])
        router.add_api_route("/accepted", self.forget, methods=["DELETE"], status_code=204)
        router.add_api_route("/wait", self.wait, methods=["GET"])
        router.add_api_route("/twilio/callbacks", self.call_back, methods=["POST"])
        router.add_api_route("/twilio/opted-out", self.opt_out, methods=["PUT"], status_code=204)
        router.add_api_route("/stripe/pay", self.pay, methods=["POST"])
        router.add_api_route("/stripe/redeliver", self.redeliver, methods=["POST"])
        return router

    async def faults(self) -> list[Fault]:
        """List the faults that wait."""
        return self._faults.waiting()

    async def fail(self, fault: Fault) -> Fault:
        """Queue a fault."""
        self._faults.add(fault)
        return fault

    async def heal(self, provider: Provider | None = None) -> None:
        """Forget faults, of one provider or all."""
        self._faults.clear(provider)

    async def accepted(self, provider: Provider | None = None) -> Response:
        """List what was accepted, oldest first within its provider."""
        return JSONResponse(self._listing(provider))

    async def forget(self, provider: Provider | None = None) -> None:
        """Forget what was accepted, by one provider or all."""
        for records in self._chosen(provider):
            records.clear()

    async def wait(self, provider: Provider, count: int, timeout: float = 10) -> Response:  # noqa: ASYNC109 - the limit is the caller's wish
        """Answer when a provider has accepted `count`; 504 with what there is after `timeout` seconds."""
        try:
            await self._records[provider].wait(count, timeout)
        except TimeoutError:
            return JSONResponse(self._listing(provider), 504)
        return JSONResponse(self._listing(provider))

    async def call_back(self, wanted: Callbacks) -> list[Reported]:
        """Send status callbacks, oldest message first."""
        chosen = [sms for sms in self._twilio.accepted if wanted.sid in {None, sms.sid} and wanted.to in {None, sms.to}]
        return [
            Reported(
                sid=sms.sid,
                status_callback=sms.status_callback,
                answer=await self._twilio.report(sms, wanted.status, wanted.error_code),
            )
            for sms in chosen
            for _ in range(wanted.times)
        ]

    async def opt_out(self, numbers: set[str]) -> None:
        """Say which numbers have answered STOP."""
        self._twilio.opted_out = numbers

    async def pay(self, order: Order) -> Outcome:
        """Make a payment and deliver its event."""
        return await self._stripe.pay(order)

    async def redeliver(self, order: Redelivery) -> Outcome:
        """Deliver an event of an earlier payment again."""
        try:
            return await self._stripe.redeliver(order)
        except LookupError as error:
            raise HTTPException(404, str(error)) from error

    def _chosen(self, provider: Provider | None) -> list[Records[Any]]:
        return list(self._records.values()) if provider is None else [self._records[provider]]

    def _listing(self, provider: Provider | None) -> list[dict[str, Any]]:
        return [each.model_dump(mode="json") for records in self._chosen(provider) for each in records]


def make_app(*routers: APIRouter) -> FastAPI:
    """Put the ends on one port."""
    app = FastAPI(title="Provider simulator", docs_url=None, redoc_url=None)
    for router in routers:
        app.include_router(router)
    return app
