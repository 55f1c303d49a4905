"""The compose file, tried with the engine of this machine."""

import os
import shutil
import socket
import subprocess
import sys

import pytest
from stack.engine import obstacle
from stack.settings import Settings

from deploy.demo.composed import COMPOSE, CRM_API, GATEWAY, SIMULATORS
from tests.smoke.compose_file import ROOT

PUBLISHED = (CRM_API, GATEWAY, SIMULATORS)


def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **more})  # noqa: S603  constants


def prevented() -> str | None:
    """Say why the story is not played on containers here, or None."""
    if os.environ.get("SMOKE") != "1":
        return "takes minutes: set SMOKE=1"
    taken = [port for port in PUBLISHED if listens(port)]
    return f"ports {taken} are taken" if taken else obstacle(Settings.read())


def listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def compose() -> None:
    if shutil.which("docker") is None or run("docker", "compose", "version").returncode:
        pytest.skip("docker compose is not installed")


@pytest.mark.usefixtures("compose")
def test_compose_takes_the_file_as_it_is() -> None:
    checked = run(*COMPOSE, "config", "--quiet")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.usefixtures("compose")
def test_compose_takes_images_from_where_a_site_has_them() -> None:
    named = run(
        *COMPOSE, "config", "--images", KAFKA_IMAGE="site.example/kafka:4.3.0", POSTGRES_IMAGE="site.example/pg"
    )
    assert {"site.example/kafka:4.3.0", "site.example/pg"} <= set(named.stdout.split())


@pytest.mark.containers
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("compose")
@pytest.mark.skipif(prevented() is not None, reason=str(prevented()))
def test_the_story_is_played_against_what_compose_runs() -> None:
    played = run(sys.executable, "-m", "deploy.demo", "--stack", "compose")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The story ends" in played.stdout
    assert run(*COMPOSE, "ps", "--all", "--quiet").stdout == "", "nothing of it may be left"
