"""`signalbox dead`: what a group could not read or handle; a person looks at it and sends it again."""

from collections.abc import Callable, Sequence
from typing import Any

import click
from chassis.clients import running
from chassis.dead_letters import Buried
from chassis.kafka import Kafka, partitions, standing
from contracts.topics import BY_NAME, dead_letters, groups

from signalbox.asking import ask
from signalbox.settings import Settings
from signalbox.table import laid_out

HEAD = ("OFFSET", "DIED", "CAME FROM", "TYPE", "TRIES", "REDRIVES", "WHY")
Command = Callable[..., Any]


@click.group()
def dead() -> None:
    """List, show and send again the dead letters of a group."""


def chosen(command: Command) -> Command:
    """Give a command the arguments that choose letters."""
    command = click.option("--limit", type=click.IntRange(1), help="At most so many, the oldest first.")(command)
    command = click.option(
        "--offset", "offsets", type=click.IntRange(0), multiple=True, help="Only this one; may be given again."
    )(command)
    return click.argument("group", type=click.Choice(groups()))(command)


@dead.command("list")
@chosen
@click.pass_obj
def list_letters(settings: Settings, group: str, offsets: tuple[int, ...], limit: int | None) -> None:
    """Print one line for each: when it died, where it came from, and why."""
    found = letters(Kafka.of(settings), group, offsets, limit)
    click.echo(laid_out(HEAD, map(line, found)) if found else f"{group} has no dead letters")


@dead.command()
@chosen
@click.pass_obj
def show(settings: Settings, group: str, offsets: tuple[int, ...], limit: int | None) -> None:
    """Print letters whole; what is inside may be personal data."""
    for letter in letters(Kafka.of(settings), group, offsets, limit):
        click.echo(whole(letter) + "\n")


@dead.command()
@chosen
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@click.pass_obj
def redrive(settings: Settings, group: str, offsets: tuple[int, ...], limit: int | None, *, dry_run: bool) -> None:
    """Send the records again to where they came from, under their own ids: what was done already is not done twice."""
    kafka = Kafka.of(settings)
    found = letters(kafka, group, offsets, limit)
    if homeless := [letter.offset for letter in found if letter.topic not in BY_NAME]:
        raise click.ClickException(f"offset {homeless[0]} does not say which of our topics it came from; nothing sent")
    if not dry_run:
        ask(kafka, send_again(kafka, found))
    for letter in found if dry_run else ():
        click.echo(f"would send {named(letter)}")
    click.echo(f"{len(found)} {'would be sent' if dry_run else 'sent'} again")


async def send_again(kafka: Kafka, letters: Sequence[Buried]) -> None:
    """Send letters in their order, each acknowledged before the next, and name it."""
    async with running(kafka.producer()) as producer:
        for letter in letters:
            parcel = letter.again()
            await producer.send_and_wait(
                kafka.named(parcel.topic),
                parcel.value,
                key=parcel.key,
                partition=parcel.partition,
                headers=parcel.headers,
            )
            click.echo(f"sent {named(letter)}")


def letters(kafka: Kafka, group: str, offsets: Sequence[int], limit: int | None) -> list[Buried]:
    """Give the chosen letters of a group; raises where an offset holds none."""
    found = ask(kafka, read(kafka, dead_letters(group)))
    if unknown := set(offsets) - {letter.offset for letter in found}:
        raise click.ClickException(f"{group} has no dead letter at offset {min(unknown)}")
    return [letter for letter in found if not offsets or letter.offset in offsets][:limit]


async def read(kafka: Kafka, topic: str) -> list[Buried]:
    """Read all letters of a topic; raises where the topic was never made."""
    if kafka.named(topic) not in await partitions(kafka):
        raise click.ClickException(f"there is no topic {kafka.named(topic)}; make it with: signalbox topics")
    return [Buried.read(record) for record in await standing(kafka, topic)]


def line(letter: Buried) -> tuple[object, ...]:
    """Give a letter's line of the list; keys are left out, they may be phone numbers."""
    why = f"{letter.error}: {letter.reason}".replace("\n", " ")
    return (
        letter.offset,
        when(letter),
        came_from(letter),
        header(letter, "ce_type"),
        letter.attempts,
        letter.redrives,
        why,
    )


def whole(letter: Buried) -> str:
    """Give all that is known of a letter, its headers and its value as far as they are text."""
    told = [
        f"offset {letter.offset}, died {when(letter)} after {letter.attempts} tries, redriven {letter.redrives} times",
        f"came from {came_from(letter)}",
        f"{letter.error}: {letter.reason}",
        f"key: {letter.key.decode(errors='backslashreplace')}",
        *(f"{name}: {value.decode(errors='backslashreplace')}" for name, value in letter.headers),
    ]
    return "\n".join(told) + "\n\n" + letter.value.decode(errors="backslashreplace")


def named(letter: Buried) -> str:
    """Name a letter by its offset, type, id and destination."""
    return (
        f"{letter.offset}: {header(letter, 'ce_type')} {header(letter, 'ce_id')} to {letter.topic}[{letter.partition}]"
    )


def came_from(letter: Buried) -> str:
    """Say where a letter stood before: topic, partition, offset."""
    return f"{letter.topic}[{letter.partition}]@{letter.place}"


def when(letter: Buried) -> str:
    """Say when a letter died, to the second."""
    return letter.died_at.strftime("%Y-%m-%d %H:%M:%SZ")


def header(letter: Buried, name: str) -> str:
    """Give a header of the record as it first came; a dash where it has none."""
    return next((value.decode(errors="replace") for key, value in letter.headers if key == name), "-")
