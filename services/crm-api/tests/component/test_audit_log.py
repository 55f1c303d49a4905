"""The audit log: what it keeps, who reads it, and that the service itself cannot change it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from chassis.migrations import entitle
from crm_api.main import COMMAND
from crm_api.testing.company import Company

ROLE = "crm_restricted"
FORBIDDEN = ("UPDATE audit SET principal = 'nobody'", "DELETE FROM audit", "TRUNCATE audit")


async def test_config_changes_and_their_makers_are_kept(company: Company) -> None:
    ada = await company.sign_in("ada")
    put = await ada.put("/v1/config/constant/vat", json={"value": 23})
    again = await ada.put("/v1/config/constant/vat", json={"value": 23})
    assert (put.status_code, again.json()) == (200, put.json())
    await ada.delete("/v1/config/constant/vat")
    removed, made = await company.acts(subject="constant/vat")
    assert (made["principal"], made["operation"], made["outcome"]) == ("user:ada", "config.put", "done")
    assert made["detail"]["revision"] == put.json()["revision"]
    assert made["address"] == "127.0.0.1"
    assert (removed["operation"], removed["detail"]["deleted"]) == ("config.delete", True)


async def test_it_is_read_in_parts_newest_first_by_admins_only(company: Company) -> None:
    everything = await company.acts(limit=1000)
    assert [act["at"] for act in everything] == sorted((act["at"] for act in everything), reverse=True)
    parts, after = [], ""
    while True:
        answer = (await company.crm.ann.get("/v1/audit", params={"limit": 7, "after": after})).json()
        parts += answer["acts"]
        if answer["next"] is None:
            break
        after = answer["next"]
    assert parts == everything
    mia = await company.sign_in("mia")
    assert (await mia.get("/v1/audit")).status_code == 403
    assert (await company.acts(outcome="refused"))[0]["operation"] == "audit.listing"


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_not_even_its_owner_changes_what_it_says(crm: Any, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="rows of audit are only added"):
        await crm.fetch(statement)


@asynccontextmanager
async def as_role(crm: Any) -> AsyncIterator[str]:
    """Make a role that owns nothing, entitled as `migrate` does it; give its address of the same database."""
    url = crm.process.settings.database_url.get_secret_value()
    await crm.fetch(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'restricted'")
    try:
        await entitle(url, ROLE, COMMAND.append_only)
        parts = urlsplit(url)
        yield urlunsplit(parts._replace(netloc=f"{ROLE}:restricted@{parts.hostname}:{parts.port}"))
    finally:
        await crm.fetch(f"DROP OWNED BY {ROLE}")
        await crm.fetch(f"DROP ROLE {ROLE}")


async def test_the_service_runs_as_a_role_that_can_only_add_to_it(
    crm: Any, started: Callable[..., Awaitable[Any]]
) -> None:
    async with as_role(crm) as url:
        lesser = await started("consume", "timeline", database_url=url)
        deal = await lesser.deal(title="As a lesser role")
        assert (await lesser.ann.post(f"/v1/items/{deal['id']}/move", json={"stage": "documents"})).status_code == 200
        acts = (await lesser.ann.get("/v1/audit", params={"limit": 1})).json()["acts"]
        assert acts[0]["operation"] == "pipelines.put"
        for statement in FORBIDDEN:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
                await lesser.fetch(statement)
        await lesser.process.database.__aexit__()
