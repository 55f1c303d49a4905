"""`make demo`: brings everything up on this machine, plays the story through it, shows the timeline."""

import argparse
import asyncio
import sys
from pathlib import Path

import stack
from rich.markup import escape
from stack import StackError

from deploy.demo.screen import Screen
from deploy.demo.shop import Shop
from deploy.demo.story import ItDidNotHappen, Story
from deploy.demo.timeline import rows_of
from deploy.local import Crm, Gateway, Installation, Simulators


async def tell(screen: Screen, crm: Crm, gateway: Gateway, simulators: Simulators) -> None:
    """Set the shop up, play the story, show the timeline."""
    shop = Shop()
    await shop.set_up(crm, gateway, simulators)
    screen.quiet("the furniture shop is set up: pipelines, rules, triggers, connections, doors")
    story = Story(shop, crm, gateway, simulators, screen)
    await story.play()
    screen.table("The deal's timeline", rows_of(await crm.timeline(story.deal)))


async def on_this_machine(screen: Screen, kind: stack.Kind) -> None:
    """Play it on processes of this machine."""
    screen.quiet("starting PostgreSQL and Kafka")
    with stack.start(kind, say=screen.quiet) as started:
        screen.quiet(f"PostgreSQL and Kafka answer ({started.kind}); starting the four services")
        async with Installation(started, home=Path(".local"), say=screen.quiet) as installation:
            screen.quiet("the four services are ready")
            await tell(screen, installation.crm, installation.gateway, installation.simulators)


def main() -> int:
    """Play the demo; give the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--stack", default="auto", choices=["auto", "given", "container", "native", "compose"])
    chosen = parser.parse_args().stack
    screen = Screen()
    try:
        if chosen == "compose":
            from deploy.demo.composed import on_compose  # noqa: PLC0415  needed for this way only

            asyncio.run(on_compose(screen, tell))
        else:
            asyncio.run(on_this_machine(screen, chosen))
    except (ItDidNotHappen, StackError, RuntimeError) as error:
        screen.console.print(f"[red]The demo failed:[/] {escape(str(error))}", markup=True)
        return 1
    screen.step("The story ends. What next: README.md, docs/walkthrough.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
