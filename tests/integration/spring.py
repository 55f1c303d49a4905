"""A spring in seconds: items that stand in every kind of timing while a rehearsal goes from March to April."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from signalbox.rehearsal import Stepping

from tests.integration.world import World

Json = dict[str, Any]
LISBON = ZoneInfo("Europe/Lisbon")
YEAR = 2030
BEGIN = "03-28T09:00"  # a Thursday
END = "04-29T12:00"
BUSY = "+351910000000"


def at(wall: str) -> datetime:
    """Give a moment of that spring, such as `04-02T09:00`, by the clocks of Lisbon."""
    return datetime.fromisoformat(f"{YEAR}-{wall}").replace(tzinfo=LISBON)


def moment(row: Json, name: str = "due_at") -> datetime:
    """Read a moment of a row."""
    return datetime.fromisoformat(row.get(name) or row["details"][name])


@dataclass
class Spring:
    """What was made in that spring, and what became of it."""

    world: World
    clock: Stepping
    deals: dict[str, Json] = field(default_factory=dict)
    steps: int = 0

    async def live(self) -> None:
        """Live through it: what people do at its moments, and in between whatever is due."""
        await self._set_up()
        await self.go(BEGIN)
        await self._begin()
        await self.go("03-28T10:00")
        await self.move("leaving", "next")
        await self.go("03-28T11:00")
        await self.move("leaving", "new")
        await self.go("03-30T09:00")
        await self.change("control", wish="An oak table")
        await self.submit("waits")
        await self.submit("settled", "An oak table")
        await self.go("03-30T10:00")
        await self.submit("settled", "And four chairs")
        await self.deal("weekend")
        await self.go("04-01T12:00")
        await self.pause("deal/paused", paused=False)
        await self.go("04-02T12:00")
        await self.move("paused", "done")
        await self._renew()
        await self.go("04-13T12:00")
        await self.move("rhythm", "done")
        await self.go(END)

    async def go(self, wall: str) -> None:
        """Let time go on until a moment."""
        self.steps += len(await self.clock.go(at(wall)))

    async def rows(self, name: str, rule: str) -> list[Json]:
        """Give the rows of a rule of a deal in the order of their moments."""
        rows = await self.world.lines(self.deals[name]["id"], "rule")
        return sorted((row for row in rows if row["rule"] == rule), key=lambda row: row["due_at"] or "")

    async def row(self, name: str, rule: str) -> Json:
        """Give the one row of a rule of a deal."""
        [row] = await self.rows(name, rule)
        return row

    async def ran(self, name: str, rule: str) -> datetime:
        """Give when a rule of a deal was due that has run at that moment: not before it, and in its step."""
        return ran(await self.row(name, rule))

    def entered(self, name: str) -> datetime:
        """Give when a deal entered its first stage."""
        return datetime.fromisoformat(self.deals[name]["entered_at"]).astimezone(LISBON)

    async def deal(self, pipeline: str, *links: Json, name: str = "", **more: Any) -> None:
        """Make a deal of a client of its own."""
        phone = more.pop("phone", f"+35191{secrets.randbelow(10**7):07d}")
        client = {"name": "Rita Silva", "phone": phone, "birthday": "1990-04-15"}
        client["email"] = more.pop("email", f"c{phone[-7:]}@example.com")
        contact = await self.crm.create("contact", title="Rita Silva", fields=client)
        link = {"role": "contact", "type": "contact", "id": contact["id"]}
        made = {"pipeline": f"deal/{pipeline}", "title": "Pine shelf", "responsible": "rui", **more}
        deal = await self.crm.create("deal", links=[link, *links], **made)
        self.deals[name or pipeline] = {**deal, "phone": phone, "email": client["email"]}

    async def move(self, name: str, stage: str) -> None:
        """Move a deal as somebody does."""
        await self.crm.move(self.deals[name]["id"], stage)

    async def change(self, name: str, **fields: Any) -> None:
        """Change a deal as somebody does."""
        await self.crm.change(self.deals[name]["id"], **fields)

    async def submit(self, name: str, wish: str = "A question") -> None:
        """Let the client of a deal send the form."""
        form = {"name": "Rita Silva", "phone": self.deals[name]["phone"], "wish": wish}
        answer = await self.world.installation.gateway.submit("site", self.world.shop.site_token, form)
        assert answer.is_success

    async def pause(self, pipeline: str, *, paused: bool) -> None:
        """Pause a pipeline, or let it go on."""
        record = {"scope": "pipeline", "of": pipeline, "paused": paused}
        await self.crm.configure("pause", pipeline, record)

    @cached_property
    def document(self) -> Json:
        """Give the config and the pipelines of that spring."""
        return dict(YAML(typ="safe").load(Path(__file__).with_suffix(".yaml").read_text()))

    @property
    def crm(self) -> Any:
        """Give the manager's client."""
        return self.world.installation.crm

    async def _set_up(self) -> None:
        for key, record in self.document["config"].items():
            kind, _, id_ = key.partition("/")
            await self.crm.configure(kind, id_, record)
        for pipeline, stages in self.document["pipelines"].items():
            await self.crm.publish(pipeline, stages)
        simulators = self.world.installation.simulators
        await simulators.fail("smtp", "status", code=550, to="refused@example.com")
        await simulators.fail("twilio", "status", code=429, retry_after=3600, to=BUSY)

    async def _begin(self) -> None:
        await self.pause("deal/paused", paused=True)
        pay = {"amount": "900 EUR", "pay_before": "2030-04-20"}
        invoice = await self.crm.create("invoice", pipeline="invoice/main", title="Shelf", fields=pay)
        dates = {"payment_due": "2030-04-10T15:00:00+01:00", "signing": "2030-04-21", "ordered": "2030-03-20"}
        await self.deal("dates", {"role": "invoice", "type": "invoice", "id": invoice["id"]}, fields=dates)
        for pipeline in (
            "delays",
            "renewals",
            "rhythm",
            "chain",
            "waits",
            "control",
            "leaving",
            "paused",
            "asked",
            "settled",
        ):
            await self.deal(pipeline)
        await self.deal("waits", name="silent")
        await self.deal("chain", name="refused", email="refused@example.com")
        await self.deal("busy", phone=BUSY)
        self.deals["invoice"] = invoice

    async def _restart(self) -> None:
        up = self.world.installation
        up.stop("rule-scheduler.all")
        up.start("rule-scheduler.all")
        await up.ready("rule-scheduler.all")

    async def _renew(self) -> None:
        await self.go("04-03T09:00")
        await self.submit("asked")
        await self.change("renewals", renewal="2030-04-05")
        await self.go("04-03T10:00")
        await self._restart()
        calendar = self.document["config"]["calendar/portal"]
        await self.crm.configure("calendar", "portal", {**calendar, "holidays": [*calendar["holidays"], "2030-04-10"]})
        await self.change("renewals", renewal="2030-04-09")
        await self.go("04-05T09:00")
        await self.change("renewals", renewal=None)
        await self.change("invoice", pay_before="2030-04-22")
        await self.go("04-09T09:00")
        await self.change("renewals", renewal="2030-04-12")


def ran(row: Json) -> datetime:
    """Give when a row was due that ran at that moment: never early, and in the step that went there."""
    assert row["state"] == "succeeded", row
    late = (moment(row, "dispatched_at") - moment(row)).total_seconds()
    assert 0 <= late < 60, row
    return moment(row).astimezone(LISBON)
