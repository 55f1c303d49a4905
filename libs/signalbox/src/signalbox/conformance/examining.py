"""Looks at an app: its manifest first, then each action in each trial, and again whether it still answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
from contracts.apps import App
from pydantic import ValidationError

from signalbox.checks import Finding
from signalbox.conformance.answering import Answers
from signalbox.conformance.calling import Caller
from signalbox.conformance.trials import TRIALS, good_call

MANIFEST = "the manifest can be read"


async def examine(given: Any, address: str, secret: str, answers_at: str = "", patience: float = 30.0) -> list[Finding]:
    """Try an app at an address; `answers_at` is where it reaches us for answers that come later."""
    app = read_manifest(given, address)
    if isinstance(app, Finding):
        return [app]
    findings = [Finding(MANIFEST)]
    async with hearing(answers_at) as answers, httpx.AsyncClient(trust_env=False) as http:
        caller = Caller(app, secret, http, answers, patience)
        for action in app.actions:
            findings += [await trial(caller, action) for trial in TRIALS]
            last = await good_call(caller, action)
            findings.append(Finding(f"{action.key}: after all of this it still answers", last.trouble))
    return findings


def read_manifest(given: Any, address: str) -> App | Finding:
    """Read a manifest at the address that is tried; gives the finding where it cannot be read."""
    if not isinstance(given, dict):
        return Finding(MANIFEST, "it is no object; write id, name, actions and triggers")
    try:
        return App.model_validate({**given, "address": address}, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Finding(MANIFEST, f"{'.'.join(map(str, first['loc']))}: {first['msg']}; correct it")


@contextlib.asynccontextmanager
async def hearing(base: str) -> AsyncIterator[Answers | None]:
    """Hear answers while the block lasts, where it is said at which address."""
    if not base:
        yield None
        return
    answers, stop = Answers(base), asyncio.Event()
    serving = asyncio.create_task(answers.run(stop))
    try:
        yield answers
    finally:
        stop.set()
        await serving
