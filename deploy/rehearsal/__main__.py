"""`make rehearse`: brings the furniture shop up with a clock that can be moved, for you or for a story of its own."""

import argparse
import asyncio
import shlex
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import stack
from rich.markup import escape
from signalbox.rehearsal import NoRehearsal, NotQuiet
from signalbox.rehearsal.spans import read_span
from signalbox.rehearse import travel
from stack import StackError

from deploy.demo.screen import Screen
from deploy.demo.shop import Shop
from deploy.demo.timeline import state
from deploy.local import Crm, Installation
from deploy.local.rehearsing import rehearsing, variables

DECIDES_AFTER = timedelta(days=2)
PAYS_AFTER = timedelta(days=20)


async def rehearse(screen: Screen, kind: stack.Kind, length: timedelta | None) -> None:
    """Bring it up, then go ahead by a length with a client's deal, or wait until somebody ends it."""
    screen.quiet("starting PostgreSQL and Kafka")
    with stack.start(kind, say=screen.quiet) as started:
        screen.quiet(f"PostgreSQL and Kafka answer ({started.kind}); starting the four services")
        async with Installation(started, home=Path(".local"), rehearsal=True, say=screen.quiet) as installation:
            await Shop(delay=3600).set_up(installation.crm, installation.gateway, installation.simulators)
            if length is None:
                await leave(screen, installation)
            else:
                await live(screen, installation, length)


async def live(screen: Screen, installation: Installation, length: timedelta) -> None:
    """Let a new client's deal live so long, and show what became of it."""
    crm = installation.crm
    async with rehearsing(installation) as stepping:
        began = await stepping.now()
        screen.step("Rita asks for a shelf. Time goes on, from due moment to due moment:")
        deal = await new_deal(crm, pays=began + PAYS_AFTER)
        await travel(stepping, lambda _: began + min(DECIDES_AFTER, length))
        screen.step(f"She decides, and gets her contract; she pays {PAYS_AFTER.days} days after she came:")
        await crm.move(deal, "documents")
        await travel(stepping, lambda now: max(now, began + length))
        screen.table("The deal's timeline", [cells(row) for row in await crm.timeline(deal)])


async def new_deal(crm: Crm, *, pays: datetime) -> str:
    """Make a client and a deal of hers with a day on which she pays, and give the deal's id."""
    told = {"name": "Rita Silva", "phone": "+351912345678", "email": "rita@example.com"}
    contact = await crm.create("contact", title="Rita Silva", fields=told)
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    fields = {"amount": "1500 EUR", "payment_due": pays.isoformat()}
    deal = await crm.create(
        "deal", pipeline="deal/retail", title="Pine shelf", responsible="rui", fields=fields, links=[link]
    )
    return str(deal["id"])


def cells(row: dict[str, Any]) -> Sequence[str]:
    """Give a line of a timeline with the day on which it was due."""
    due = datetime.fromisoformat(row["due_at"] or row["at"])
    return f"{due:%d %b %H:%M:%S}", row["stage"], state(row), row["words"]


async def leave(screen: Screen, installation: Installation) -> None:
    """Say how it is found, and wait."""
    screen.step("The shop is up. In another terminal, so that `signalbox` finds it:")
    for name, value in variables(installation).items():
        screen.console.print(f"export {name}={shlex.quote(value)}", markup=False, highlight=False, soft_wrap=True)
    screen.step("Then: .venv/bin/signalbox rehearse status, … rehearse advance 3d. Ctrl-C ends it.")
    await asyncio.Event().wait()


def main() -> int:
    """Rehearse; give the exit code."""
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("--stack", default="auto", choices=["auto", "given", "container", "native"])
    parser.add_argument("--advance", type=read_span, metavar="LENGTH", help="live so long with one deal, then end")
    chosen = parser.parse_args()
    screen = Screen()
    try:
        asyncio.run(rehearse(screen, chosen.stack, chosen.advance))
    except KeyboardInterrupt:
        screen.quiet("ended")
    except (NoRehearsal, NotQuiet, StackError, RuntimeError) as error:
        screen.console.print(f"[red]The rehearsal failed:[/] {escape(str(error))}", markup=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
