"""The same story against the services that `docker compose up` runs."""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from deploy.demo.screen import Screen
from deploy.local import Crm, Gateway, Simulators

Tell = Callable[[Screen, Crm, Gateway, Simulators], Awaitable[None]]
ROOT = Path(__file__).parents[2]
# A project of its own, with ports of its own: it stands beside what an operator runs from the same file.
COMPOSE = ("docker", "compose", "--project-name", "signalbox-demo", "--profile", "demo")
CRM_API, GATEWAY, SIMULATORS = 18000, 18080, 18090
PUBLISHED = {
    "PUBLISH_CRM_API": f"127.0.0.1:{CRM_API}",
    "PUBLISH_GATEWAY": f"127.0.0.1:{GATEWAY}",
    "PUBLISH_SIMULATORS": f"127.0.0.1:{SIMULATORS}",
}
DOWN = ("down", "--volumes", "--timeout", "20")


async def on_compose(screen: Screen, tell: Tell) -> None:
    """Bring the compose file up, play the story through its published ports, take it down.

    Raises `RuntimeError` with compose's own words where it does not come up. `KEEP=1` leaves it up.
    """
    screen.quiet("docker compose up")
    try:
        await asyncio.to_thread(compose, "up", "--detach", "--build", "--wait", "--wait-timeout", "600")
        screen.quiet("compose says that all is healthy")
        await play(screen, tell)
    finally:
        if os.environ.get("KEEP") == "1":
            screen.quiet(f"left as it is; to take it down: {' '.join((*COMPOSE, *DOWN))}")
        else:
            await asyncio.to_thread(compose, *DOWN)


async def play(screen: Screen, tell: Tell) -> None:
    """Play the story through the ports and the manager's token that the compose file publishes."""
    crm = Crm(f"http://127.0.0.1:{CRM_API}", os.environ.get("MANAGER_TOKEN", "insecure-manager-token"))
    gateway = Gateway(f"http://127.0.0.1:{GATEWAY}", "http://trigger-gateway-serve:8000")
    simulators = Simulators(f"http://127.0.0.1:{SIMULATORS}", "simulators:8025", "http://simulators:8000")
    try:
        await tell(screen, crm, gateway, simulators)
    except httpx.TransportError as error:
        raise RuntimeError(f"the published ports do not answer: {error!r}") from error
    finally:
        for client in (crm, gateway, simulators):
            await client.close()


def compose(*arguments: str) -> None:
    """Run docker compose; raises `RuntimeError` with what it said."""
    command, environment = [*COMPOSE, *arguments], {**os.environ, **PUBLISHED}
    try:
        made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  constants
    except OSError as error:
        raise RuntimeError(f"docker compose does not run here: {error}") from error
    if made.returncode:
        raise RuntimeError(f"`{' '.join((*COMPOSE, *arguments))}` failed:\n{made.stderr[-3000:]}")
