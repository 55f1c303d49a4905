"""The story of one client, from a form on the web to a paid order; each step checks what should follow."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from deploy.demo.screen import Screen
from deploy.demo.shop import Shop
from deploy.local import Crm, Gateway, Simulators

Found = TypeVar("Found")
Json = dict[str, Any]
LINK = re.compile(r"https?://\S+/d/\S+")
LISBON = ZoneInfo("Europe/Lisbon")
# Seconds until the reminder: what is over already when it is planned is skipped.
AHEAD = (3, 15, 60)


class ItDidNotHappen(Exception):
    """What should follow did not, in time; the message says what was seen instead."""


@dataclass
class Story:
    """One client of the shop; a new phone each time, so that it can be played again and again."""

    shop: Shop
    crm: Crm
    gateway: Gateway
    simulators: Simulators
    screen: Screen
    within: float = 120.0
    phone: str = field(default_factory=lambda: f"+3519{secrets.choice('1236')}{secrets.randbelow(10**7):07d}")
    deal: str = ""
    invoice: str = ""

    @property
    def email(self) -> str:
        """The client's address."""
        return f"ana{self.phone[-7:]}@example.com"

    async def play(self) -> None:
        """Play the whole story."""
        await self.a_form_is_posted()
        await self.the_manager_takes_it_up()
        await self.the_payment_date_moves()
        await self.the_client_writes_again()
        await self.the_invoice_is_paid()
        await self.nothing_was_done_twice()

    async def a_form_is_posted(self) -> None:
        """A form makes a contact and a deal; one SMS goes out at once, a second one after the delay."""
        self.screen.step("1  Ana fills in the form on the shop's page: an oak table, for 900 EUR")
        form = {"name": "Ana Reis", "phone": self.phone, "email": self.email, "wish": "Oak table", "budget": "900"}
        form["consent.ads"] = "yes"
        answer = await self.gateway.submit("site", self.shop.site_token, form)
        if answer.is_error:
            raise ItDidNotHappen(f"the form was refused: {answer.status_code} {answer.text}")
        deal = await self.until("a deal is made", self.newest_deal)
        self.deal = deal["id"]
        self.screen.fact(f"a contact and the deal '{deal['title']}' are made, in the first stage")
        first = await self.until("the first SMS", lambda: self.sms("within 30 minutes"))
        self.screen.fact(f"SMS at once: {first['body']!r}")
        second = await self.until("the second SMS", lambda: self.sms("right now"))
        self.screen.fact(f"SMS after {self.shop.delay} seconds: {second['body']!r}")

    async def the_manager_takes_it_up(self) -> None:
        """The move cancels what waits in the first stage; a document is made, and then mailed."""
        self.screen.step("2  Mara moves the deal to the documents stage")
        await self.crm.move(self.deal, "documents")
        cancelled = await self.until("the call of tomorrow is cancelled", lambda: self.rule("tomorrow", "cancelled"))
        self.screen.fact(f"'Call again tomorrow' is cancelled: {cancelled['reason']}")
        mail = await self.until("the mail", self.mail)
        link = LINK.search(mail["text"])
        if link is None:
            raise ItDidNotHappen(f"the mail has no link: {mail['text']!r}")
        document = await self.gateway.http.get(link[0])
        self.screen.fact(f"mail after the document: {mail['subject']!r} with {link[0]}")
        self.screen.fact(f"the link opens: {document.status_code}, {len(document.content)} bytes")

    async def the_payment_date_moves(self) -> None:
        """A reminder is planned before the payment date; the date moves, the plan with it; it fires."""
        self.screen.step("3  The payment date is agreed, and then changed")
        far = datetime.now(UTC) + timedelta(days=30)
        await self.crm.change(self.deal, payment_due=far.isoformat())
        planned = await self.until("the reminder is planned", lambda: self.rule("remind", "waiting"))
        self.screen.fact(f"a reminder is planned for {planned['due_at']}")
        moved = await self._reminded_soon()
        await self.until("the reminder", lambda: self.sms("due tomorrow"))
        self.screen.fact(f"the plan moved with the date to {moved['due_at']}, and the reminder went out")

    async def _reminded_soon(self) -> Json:
        """Move the date so that its reminder is due in a moment; a longer one where a busy machine hears of it late."""
        over: Json | None = None
        for ahead in AHEAD:
            # A day before is the same time by the clocks of the shop, also over a night in which they change.
            near = datetime.now(LISBON) + timedelta(seconds=ahead) + timedelta(days=1)
            await self.crm.change(self.deal, payment_due=near.isoformat())
            row = await self.until("the reminder is done", lambda over=over: self._reminder(besides=over))  # type: ignore[misc]
            if row["state"] == "succeeded":
                return row
            over = row
        raise ItDidNotHappen(f"the reminder was over each time when it was planned: {over}")

    async def _reminder(self, *, besides: Json | None) -> Json | None:
        """Find the reminder where it is done, or skipped anew."""
        row = await self.rule("remind", "succeeded") or await self.rule("remind", "skipped")
        return None if row == besides else row

    async def the_client_writes_again(self) -> None:
        """A trigger of an earlier stage does not pull the deal back."""
        self.screen.step(
            "4  Ana fills in the form once more: the trigger of the first stage must not pull the deal back"
        )
        form = {"name": "Ana Reis", "phone": self.phone, "email": self.email, "wish": "And chairs?"}
        await self.gateway.submit("site", self.shop.site_token, form)
        row = await self.until("the trigger is not chosen", lambda: self.line("not_chosen"))
        self.screen.fact(f"{row['words']}")

    async def the_invoice_is_paid(self) -> None:
        """The payment's webhook sets the invoice to paid, once, though it comes three times; the deal follows."""
        self.screen.step("5  Mara makes an invoice; Ana pays; the payment provider sends its webhook three times")
        invoice = await self.crm.convert(self.deal, to="invoice", pipeline="invoice/main")
        self.invoice = invoice["id"]
        paid = await self.simulators.pay(
            metadata={"invoice": self.invoice},
            amount=90000,
            currency="eur",
            deliver_to=f"{self.gateway.inside_url}/in/stripe/{self.shop.stripe_token}",
            secret=self.shop.stripe_secret,
            times=3,
        )
        self.screen.fact(f"the webhook is answered {paid['statuses']}")
        await self.until("the deal is paid", lambda: self.stands(self.deal, "paid"))
        self.screen.fact("the invoice is paid, and the trigger 'invoice paid' moved the deal")
        task = await self.until("the warehouse's task", self.task)
        self.screen.fact(f"task for the warehouse: {task['title']!r}, due {task['deadline']}")
        audience = await self.until("the audience", self.audience)
        self.screen.fact(f"to the ad audience, hashed: {', '.join(audience)}")
        for key in ("prepare", "buyers"):
            await self.until(f"the timeline says that '{key}' is done", lambda key=key: self.rule(key, "succeeded"))  # type: ignore[misc]
        await self.until("the repeats are noted", self.repeats)
        self.screen.fact("the two repeats are on the timeline")

    async def nothing_was_done_twice(self) -> None:
        """Each effect happened once, and the rule whose condition was false says what it saw."""
        self.screen.step("6  And nothing was done twice")
        skipped = await self.until("the large order is skipped", lambda: self.rule("large", "skipped"))
        self.screen.fact(f"skipped: {skipped['reason']}")
        sent = [sms["body"] for sms in await self.simulators.accepted("twilio") if sms["to"] == self.phone]
        mails = [m for m in await self.simulators.accepted("smtp") if self.email in m["recipients"]]
        tasks = await self.crm.tasks(self.deal)
        if (len(sent), len(mails), len(tasks)) != (3, 1, 1):
            raise ItDidNotHappen(f"not 3 SMS, 1 mail, 1 task: {sent}, {len(mails)} mails, {len(tasks)} tasks")
        self.screen.fact("3 SMS, 1 mail, 1 task, 1 row in the audience")

    async def until(self, what: str, look: Callable[[], Awaitable[Found | None]]) -> Found:
        """Look until it is there; raises `ItDidNotHappen`."""
        try:
            async with asyncio.timeout(self.within):
                while not (found := await look()):  # noqa: ASYNC110  seen from outside, as its users see it
                    await asyncio.sleep(0.05)
        except TimeoutError:
            rows = await self.crm.timeline(self.deal) if self.deal else []
            told = "\n".join(f"  {row}" for row in rows) or "  nothing"
            raise ItDidNotHappen(f"{what}: not within {self.within:.0f} s. The timeline says:\n{told}") from None
        return found

    async def newest_deal(self) -> Json | None:
        """Find the deal of this client's contact."""
        for deal in reversed(await self.crm.items(pipeline="deal/retail", stage="new", limit=1000)):
            for link in deal["links"]:
                if link["role"] == "contact" and (await self.crm.item(link["id"]))["fields"].get("phone") == self.phone:
                    return deal
        return None

    async def sms(self, words: str) -> Json | None:
        """Find an accepted SMS to this client by words of its text."""
        accepted = await self.simulators.accepted("twilio")
        return next((sms for sms in accepted if sms["to"] == self.phone and words in sms["body"]), None)

    async def mail(self) -> Json | None:
        """Find an accepted mail to this client."""
        accepted = await self.simulators.accepted("smtp")
        return next((mail for mail in accepted if self.email in mail["recipients"]), None)

    async def rule(self, key: str, state: str) -> Json | None:
        """Find a rule's row on the deal's timeline, where it is in this state."""
        rows = await self.crm.timeline(self.deal)
        return next((r for r in rows if r["kind"] == "rule" and r["rule"] == key and r["state"] == state), None)

    async def line(self, kind: str) -> Json | None:
        """Find a line of a kind on the deal's timeline."""
        return next((r for r in await self.crm.timeline(self.deal) if r["kind"] == kind), None)

    async def repeats(self) -> bool:
        """Say whether both repeats are noted."""
        kinds = [row["kind"] for row in await self.crm.timeline(self.deal)]
        return kinds.count("repeated") == len(("second", "third"))

    async def stands(self, item: str, stage: str) -> bool:
        """Say whether an item stands in a stage."""
        return bool((await self.crm.item(item))["stage"] == stage)

    async def task(self) -> Json | None:
        """Find the deal's task."""
        return next(iter(await self.crm.tasks(self.deal)), None)

    async def audience(self) -> list[str] | None:
        """Find what of this client the ad platform holds."""
        hashed = hashlib.sha256(self.email.encode()).hexdigest()
        for upload in await self.simulators.accepted("meta"):
            for row in upload["rows"]:
                if hashed in row:
                    return [f"{key}={value[:12]}…" for key, value in zip(upload["keys"], row, strict=True)]
        return None
