"""The conformance kit at work: the example app passes it, and what a bad one does not look after is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import simulators
from click.testing import CliRunner, Result
from signalbox.main import main
from simulators.app import manifest
from simulators.settings import Settings
from stack.ports import free_port

Check = Callable[..., Any]


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[simulators.Simulation]:
    async with simulators.running(Settings(http_port=0, smtp_port=0)) as running:
        yield running


@pytest.fixture
def sim(running: simulators.Simulation) -> simulators.Simulation:
    running.clear()
    return running


@pytest.fixture
def check(sim: simulators.Simulation, tmp_path: Path) -> Check:
    """Run the command on the simulator's app, with another manifest where one is given."""

    async def run(*words: str, **told: Any) -> Result:
        file = tmp_path / "app.json"
        file.write_text(json.dumps({**manifest(f"{sim.http}/app"), **told}))
        typed = ["app", "check", f"{sim.http}/app", "--manifest", str(file), *words]
        environment = {"SIGNALBOX_APP_SECRET": sim.app.secret}
        return await asyncio.to_thread(CliRunner().invoke, main, typed, env=environment, catch_exceptions=False)

    return run


def troubles(result: Result) -> list[str]:
    return [line for line in result.output.splitlines() if line.startswith("✗")]


async def test_the_example_app_passes_also_what_it_answers_later(sim: simulators.Simulation, check: Check) -> None:
    port = free_port()
    sim.app.answers_later = True
    result = await check("--answers-at", f"http://127.0.0.1:{port}")
    assert (result.exit_code, troubles(result)) == (0, [])
    lines = result.output.splitlines()
    assert (len(lines), lines[-1]) == (24, "all is well")
    assert "✓ inspect: a good call is answered as the manifest says" in lines


@pytest.mark.parametrize(
    ("careless", "words"),
    [
        ("signature", "score: a call that somebody else signed is refused: it answered 200"),
        ("repeat", "score: a call that comes again is answered alike: first it answered 200"),
        ("action", "score: an action that there is not is refused: it answered 200"),
        ("inputs", "score: a call without what is required is refused, or fails in words: it answered 200"),
        (
            "results",
            "score: a good call is answered as the manifest says: results.score: 'many' is not of kind integer",
        ),
        ("later", "score: a good call is answered as the manifest says: it answered 202"),
    ],
)
async def test_what_a_bad_app_does_not_look_after_is_told_with_what_to_do(
    sim: simulators.Simulation, check: Check, careless: Any, words: str
) -> None:
    sim.app.careless.add(careless)
    result = await check(actions=manifest("")["actions"][:1])
    assert result.exit_code == 1
    assert any(line.startswith(f"✗ {words}") and "; " in line for line in troubles(result)), result.output


async def test_an_app_that_is_slow_falls_over_or_never_answers_later_is_told(
    sim: simulators.Simulation, check: Check
) -> None:
    score, inspect = manifest("")["actions"]
    sim.fail("app", "stall", seconds=3, to="score")
    slow = await check(actions=[{**score, "time_limit": 1}])
    assert "it did not answer within 1 s; answer sooner" in troubles(slow)[0]
    sim.fail("app", "status", code=500, to="score")
    assert "it answered 500" in troubles(await check(actions=[score]))[0]
    port = free_port()
    words = ("--answers-at", f"http://127.0.0.1:{port}", "--patience", "0.3")
    assert "nothing came to `answer_to` within 0.3 s" in troubles(await check(*words, actions=[inspect]))[0]


async def test_a_manifest_or_secret_that_cannot_hold_and_an_app_that_is_away_are_told(check: Check) -> None:
    wrong = await check(actions=[{"key": "a", "time_limit": 600}])
    [told] = troubles(wrong)
    assert told.startswith("✗ the manifest can be read: actions.0: ")
    assert "an answer at once comes within 30 seconds; let it answer later; correct it" in told
    secret = await check("--secret", "guess")
    assert (secret.exit_code, "24 to 64 bytes in base64" in secret.output) == (1, True)
