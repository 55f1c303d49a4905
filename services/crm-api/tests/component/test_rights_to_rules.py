"""Who may read and who may change rules and triggers: by role, and by type."""

from typing import Any

import pytest
from crm_api.testing.company import Company

STAGES = {"stages": [{"key": "open"}, {"key": "paid", "kind": "success"}]}
ROLES: dict[str, dict[str, str]] = {
    "reads": {"deal": "read"},
    "writes": {"deal": "change", "invoice": "read"},
    "all": {"*": "read"},
}


async def allowed(client: Any, type_: str, key: str) -> tuple[bool, bool]:
    """Read a pipeline's rules and publish them as they are; give which of the two was allowed."""
    path = f"/v1/pipelines/{type_}/{key}"
    read = await client.get(path)
    draft = await client.put(f"{path}/draft", json=STAGES)
    assert {read.status_code, draft.status_code} <= {200, 403}
    return read.status_code == 200, draft.status_code == 200


@pytest.mark.req("K6", "K7")
async def test_rules_are_read_and_changed_by_role_and_separately_for_each_type(company: Company) -> None:
    told = {}
    for role, automation in ROLES.items():
        for path, record in (
            (f"role/{role}", {"automation": automation}),
            (f"person/{role}", {"name": role, "access": [role]}),
        ):
            assert (await company.crm.ann.put(f"/v1/config/{path}", json=record)).status_code == 200
        client = await company.sign_in(role)
        told[role] = [await allowed(client, *place) for place in (("deal", "retail"), ("invoice", "plain"))]
    assert told == {
        "reads": [(True, False), (False, False)],
        "writes": [(True, True), (True, False)],
        "all": [(True, False), (True, False)],
    }


@pytest.mark.req("K6")
async def test_a_right_to_items_is_none_to_rules_and_the_other_way_round(company: Company) -> None:
    await company.crm.ann.put("/v1/config/role/reads", json={"automation": {"deal": "read"}})
    await company.crm.ann.put("/v1/config/person/rita", json={"name": "Rita", "access": ["reads"]})
    rita, hana = await company.sign_in("rita"), await company.sign_in("hana")
    item = await company.deal("sam")
    assert (await rita.get("/v1/pipelines/deal/retail")).status_code == 200
    assert (await rita.get(f"/v1/items/{item}")).status_code == 404
    assert (await hana.get("/v1/pipelines/deal/retail")).status_code == 403
    assert (await hana.get("/v1/config/rule-set")).json() == []
    assert (await hana.get(f"/v1/items/{item}")).status_code == 200
