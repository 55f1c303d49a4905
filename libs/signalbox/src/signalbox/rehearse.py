"""`signalbox rehearse`: lets a rehearsal deployment live through days and months in moments."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import click
from aiokafka.errors import KafkaError
from chassis.kafka import Kafka

from signalbox.rehearsal import NoRehearsal, NotQuiet, Rehearsal, Stepping, opened
from signalbox.rehearsal.due import told
from signalbox.rehearsal.quiet import PATIENCE
from signalbox.rehearsal.spans import read_moment, read_span
from signalbox.settings import DATABASES, Settings, crm_api_unnamed

SHOWN = 10
Patience = click.option(
    "--patience",
    type=click.FloatRange(min=0.1),
    default=PATIENCE.total_seconds(),
    show_default=True,
    help="Seconds to wait, at each step, until all is quiet.",
)


@click.group()
def rehearse() -> None:
    """Move the clock of a rehearsal deployment (REHEARSAL=1), and let happen what is due on the way."""


@rehearse.command()
@click.argument("length", nargs=-1, required=True, metavar="LENGTH")
@Patience
@click.pass_obj
def advance(settings: Settings, length: tuple[str, ...], patience: float) -> None:
    """Advance by LENGTH, such as 3d, 2h, 90m, 45s or 1d 2h, from due moment to due moment."""
    by = understood(read_span, " ".join(length))
    run(settings, lambda stepping: travel(stepping, lambda now: now + by), patience)


@rehearse.command()
@click.argument("moment", metavar="MOMENT")
@Patience
@click.pass_obj
def to(settings: Settings, moment: str, patience: float) -> None:
    """Advance to MOMENT, such as 2026-12-24T09:00, in the portal's zone unless one follows: [Europe/Lisbon]."""

    async def go(stepping: Stepping) -> None:
        target = understood(lambda written: read_moment(written, stepping.rehearsal.zone), moment)
        await travel(stepping, lambda _: target)

    run(settings, go, patience)


@rehearse.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say what time it is there, what comes next, and what is under way."""
    run(settings, tell_status, PATIENCE.total_seconds())


async def travel(stepping: Stepping, target: Callable[[datetime], datetime]) -> None:
    """Go, with a line for each step and one for the sum."""
    began, steps, sum_ = time.monotonic(), 0, Counter[str]()
    zone = stepping.rehearsal.zone
    async for step in stepping.steps(target(await stepping.now())):
        steps += 1
        sum_ += step.due
        click.echo(f"{shown(step.moment, zone)}  {told(step.due)}")
    held = (await stepping.agenda()).held
    click.echo(f"{steps} steps in {time.monotonic() - began:.1f} s: {told(sum_)}{held_back(held)}")


async def tell_status(stepping: Stepping) -> None:
    """Print the time, the next moments, and what is not quiet."""
    there, plan = await stepping.rehearsal.time(), await stepping.agenda()
    zone = stepping.rehearsal.zone
    click.echo(f"it is {shown(there.now, zone)} there, {days(there.offset)} ahead of real time{held_back(plan.held)}")
    for one in plan.comes[:SHOWN]:
        click.echo(f"{shown(one.at, zone)}  {told(Counter({one.what: one.many}))}")
    if not plan.comes:
        click.echo("nothing is due")
    for trouble in await stepping.quiet.troubles():
        click.echo(f"not quiet: {trouble}")


def run(settings: Settings, do: Callable[[Stepping], Coroutine[Any, Any, None]], patience: float) -> None:
    """Open the deployment and do something in it; what goes wrong is said in words."""

    async def inside() -> None:
        async with found(settings) as rehearsal:
            await do(Stepping(rehearsal, patience=timedelta(seconds=patience)))

    try:
        asyncio.run(inside())
    except (NoRehearsal, NotQuiet) as error:
        raise click.ClickException(str(error)) from None
    except (OSError, KafkaError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise click.ClickException(f"{error!r}\nDo broker and databases answer? `signalbox doctor` looks.") from None


def found(settings: Settings) -> AbstractAsyncContextManager[Rehearsal]:
    """Give the deployment that the settings name; raises what is not named."""
    unnamed = [name.upper() for service, name in DATABASES.items() if not settings.database(service)]
    if unnamed := [*unnamed, *crm_api_unnamed(settings)]:
        raise click.ClickException(f"name all that a rehearsal needs; not named: {', '.join(unnamed)}")
    databases = {service: settings.database(service) for service in DATABASES}
    return opened(databases, Kafka.of(settings), settings.crm_api_url, settings.crm_api_token.get_secret_value())


def understood(read: Callable[[str], Any], written: str) -> Any:
    """Read what somebody typed; raises what tells them how to type it."""
    try:
        return read(written)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """Give a moment as clocks in the portal's zone show it."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M:%S %Z}"


def days(length: timedelta) -> str:
    """Give a length in days and hours."""
    return f"{length.days} days {length.seconds // 3600} hours {length.seconds % 3600 // 60} minutes"


def held_back(held: int) -> str:
    """Say how many rules are held, if any."""
    return f"; {held} held by a pause" if held else ""
