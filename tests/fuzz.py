"""Requests that nobody thought of, against every operation of crm-api: no 5xx, no answer outside its schema.

    make fuzz ARGS="--seconds 600"

schemathesis reads the OpenAPI document of a running crm-api and plays it as anonymous, as a reader and as an admin,
each for a third of the time.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import stack
from stack import Stack

from deploy.demo.shop import Shop
from deploy.local import Installation
from tests import yaml_streams

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
DIED = "Exception in thread"
SERVICES = ("crm-api.all", "trigger-gateway.all")
READER = {"key": "reader", "grants": [{"actions": ["read"], "whose": "all"}]}


@asynccontextmanager
async def company(started: Stack, home: Path) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """Run crm-api with the shop in it; give its address and the token of each caller by name."""
    async with Installation(started, home, prefix="fuzz.", partitions=3, only=SERVICES) as up:
        await Shop().set_up(up.crm, up.gateway, up.simulators)
        await up.crm.configure("role", "reader", READER)
        await up.crm.configure("person", "lea", {"name": "Lea", "access": ["reader"]})
        key = await up.crm.ask("POST", "/v1/api-keys", json={"person": "lea", "name": "fuzz"})
        yield up.crm.url, {"anonymous": "", "reader": key["key"], "admin": up.environment.tokens["user:manager"]}


async def play(url: str, token: str, seconds: int, *more: str) -> tuple[int, str]:
    """Play the operations as one caller; give the exit code, and what was found."""
    headers = ["--header", f"Authorization: Bearer {token}"] if token else []
    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        "--no-color",
        "run",
        f"{url}/openapi.json",
        *headers,
        *("--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing"),
        *("--max-time", str(seconds)),
        *("--request-timeout", "60"),
        *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
        *more,
        env={**os.environ, "SCHEMATHESIS_HOOKS": yaml_streams.__file__},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    text = said.decode()
    # A worker of schemathesis that dies leaves its operations out, and the run ends with 0 all the same.
    return process.returncode or int(DIED in text), text


async def fuzz(seconds: int, kind: stack.Kind, *more: str) -> int:
    """Play all callers; gives how many of them found something."""
    found = 0
    with stack.start(kind) as started:
        async with company(started, Path(".local")) as (url, callers):
            for caller, token in callers.items():
                code, said = await play(url, token, seconds // len(callers), *more)
                sys.stdout.write(f"== as {caller}\n{said}\n")
                found += code != 0
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it; ends with 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--stack", default="native", choices=["auto", "given", "container", "native"])
    chosen, more = parser.parse_known_args(arguments)
    sys.exit(bool(asyncio.run(fuzz(chosen.seconds, chosen.stack, *more))))


if __name__ == "__main__":
    main()
