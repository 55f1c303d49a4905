"""The first admin of an installation."""

import argparse
from typing import Any

import pytest
from chassis.command import ErrandRefused
from crm_api.access.first_admin import FIRST_ADMIN
from crm_api.testing.company import Company


async def errand(crm: Any, email: str = "Grace.Hopper@example.com") -> str:
    """Run the command as `crm-api first-admin --email …` does, and give the key that it prints."""
    parser = argparse.ArgumentParser()
    FIRST_ADMIN.arguments(parser)
    told = await FIRST_ADMIN.run(crm.process.settings, parser.parse_args(["--email", email]))
    words, key = told.splitlines()
    assert words.startswith("grace-hopper is an admin now.")
    return key


async def test_an_installation_without_an_admin_gets_one_and_never_a_second_one_so(crm: Any) -> None:
    company = Company(crm)
    async with company.showing(await errand(crm)) as grace:
        assert (await grace.get("/v1/audit")).status_code == 200
        person = (await grace.get("/v1/config/person/grace-hopper")).json()
        assert person["data"]["email"] == "Grace.Hopper@example.com"
        assert person["changed_by"] == "command:first-admin"
        noted = {act["subject"] for act in await company.acts(principal="command:first-admin")}
        assert {"person/grace-hopper", "role/admin"} < noted
        with pytest.raises(ErrandRefused, match="there is an admin already: grace-hopper"):
            await errand(crm, "other@example.com")


async def test_a_person_who_is_there_already_is_made_the_admin(crm: Any) -> None:
    grace = {"name": "Grace", "email": "grace.hopper@example.com", "access": ["seller"], "active": False}
    for path, record in (("role/seller", {"name": "Seller"}), ("person/grace-hopper", grace)):
        assert (await crm.ann.put(f"/v1/config/{path}", json=record)).status_code == 200
    await errand(crm)
    held = (await crm.ann.get("/v1/config/person/grace-hopper")).json()["data"]
    assert (held["access"], held["active"], held["name"]) == (["seller", "admin"], True, "Grace")
