"""Forms over HTTP: the page, what a browser sends from it, and the script that shows it on any site."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.forms import LANGUAGE, VISITOR, Form
from contracts.signals import Identity
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigger_gateway import pages
from trigger_gateway.addresses import source_at
from trigger_gateway.deliveries import Deliveries
from trigger_gateway.forms import incoming, page, submission, uploads
from trigger_gateway.forms.incoming import Incoming
from trigger_gateway.forms.page import View
from trigger_gateway.forms.submission import Submission, Wrong
from trigger_gateway.forms.words import language_of, words
from trigger_gateway.knock_rates import KnockRates
from trigger_gateway.knocks import Bounds, address_of
from trigger_gateway.sources import form as posted
from trigger_gateway.sources.source_kind import Setup, Taken
from trigger_gateway.visits.knowing import Visitors

LONGEST_PREFILL = 300
SCRIPT = (Path(__file__).parent / "embed.js").read_text()
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """A form that was asked for, and how it is to be shown."""

    setup: Setup
    form: Form
    view: View


class Forms:
    """Shows forms and takes what is sent; `crm` is a client of crm-api, which keeps the files."""

    def __init__(
        self,
        database: Database,
        config: ConfigCopy[Knowledge],
        deliveries: Deliveries,
        visitors: Visitors,
        crm: httpx.AsyncClient,
        *,
        bounds: Bounds,
        rates: KnockRates,
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.visitors = visitors
        self.crm = crm
        self.bounds = bounds
        self.rates = rates

    async def show(self, request: Request) -> Response:
        """Show a form; its hidden fields are filled from the address."""
        found = await self._find(request)
        asked = {field.key for field in found.form.fields if field.kind == "hidden"}
        given = {key: value[:LONGEST_PREFILL] for key, value in request.query_params.items() if key in asked}
        visitor = request.query_params.get(VISITOR, "")[:LONGEST_PREFILL]
        return page.shown(replace(found.view, submission=str(new_id()), visitor=visitor, values=given))

    async def script(self, request: Request) -> Response:
        """Give the script that shows the form where it stands."""
        await self._find(request)
        return pages.script(SCRIPT)

    async def submit(self, request: Request) -> Response:
        """Take a form, or show it again with what was typed and what is wrong with it."""
        found = await self._find(request)
        if not self.rates.let_through(address_of(request)):
            often = page.shown(replace(found.view, submission=str(new_id()), notice=found.view.word("often")), 429)
            often.headers["Retry-After"] = "60"
            return often
        came = await incoming.read(request, self.bounds)
        try:
            return await self._take(found, came)
        finally:
            await came.close()

    async def _take(self, found: Found, came: Incoming) -> Response:
        form, setup = found.form, found.setup
        sent = Submission(came.values)
        view = replace(found.view, submission=sent.id or str(new_id()), visitor=sent.visitor, values=came.values)
        if came.values.get(LANGUAGE):
            view = replace(view, language=came.values[LANGUAGE][:LONGEST_PREFILL])
        # That a file came is enough to see that it does not lack; it is kept once all the rest is right.
        there = Submission(came.values, {key: ({},) for key in came.uploads})
        checked = submission.check(form, setup.source, there, setup.portal.country)
        wrong: dict[str, Wrong] = {**checked.wrong, **await uploads.check(form, came.uploads)}
        if wrong and not sent.trapped:
            return page.shown(replace(view, wrong=wrong), 422)
        if not sent.trapped:
            sent = Submission(came.values, await uploads.keep(form, came.uploads, self.crm))
        return await self._keep(replace(found, view=view), sent, checked.values, came)

    async def _keep(self, found: Found, sent: Submission, values: dict[str, str], came: Incoming) -> Response:
        told = posted.telling(found.form, sent, values, found.setup)
        if sent.trapped:
            log.info("form: filled in by a machine", source=found.setup.source.id)
        hashes = {key: ", ".join(one["hash"] for one in kept) for key, kept in sent.files.items()}
        async with self.database.transaction() as tx:
            taken = await self.deliveries.take(tx, found.setup.source, told, came.kept(hashes))
            if taken.outcome == "first" and told.kind:
                await self._know(tx, sent.visitor, told.identities)
        return _answer(found, taken)

    async def _know(self, tx: Transaction, visitor: str, identities: tuple[Identity, ...]) -> None:
        if visitor:
            await self.visitors.know(tx, visitor, identities)

    async def _find(self, request: Request) -> Found:
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
        source = source_at(knowledge, request.path_params["source"], request.path_params["token"])
        if source is None or source.kind != "form":
            raise nowhere()
        form = posted.form_of(source)
        if not form.fields:
            raise nowhere()
        return Found(Setup(source, (), knowledge.portal), form, _view(form, request, knowledge, request.path_params))


def _answer(found: Found, taken: Taken) -> Response:
    if taken.outcome == "quarantined":
        notice = words(found.view.language)["sent"]
        return page.shown(replace(found.view, submission=str(new_id()), notice=notice), 409)
    if found.form.redirect and not found.view.site:
        return RedirectResponse(found.form.redirect, 303)
    return page.thanked(found.view)


def _view(form: Form, request: Request, knowledge: Knowledge, path: Mapping[str, str]) -> View:
    asked = request.query_params.get("site", "")
    site = asked if asked in form.sites else ""
    language = language_of(form, request, knowledge.portal.language)
    action = page.address(f"/f/{path['source']}/{path['token']}", site)
    return View(form, language, action, site=site)


def nowhere() -> Problem:
    """Give the answer to an address that leads to no form: the same whatever is wrong with it."""
    return Problem(404, "Nothing is here", detail="Check the address of the form.")
