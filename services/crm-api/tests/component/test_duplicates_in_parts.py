"""Duplicates are told in parts: each once, to the end, with all by which it is known, and as far as one may read."""

from typing import Any
from uuid import uuid4

import pytest
from crm_api.testing.company import Company

COUNT = 5
PHONES = ["+351912345678", "+351913000000"]
EMAIL = "ana@example.com"
CONTACT = {"fields": [{"key": "phone", "kind": "phone", "multiple": True}, {"key": "email", "kind": "email"}]}
COMPANY = {"fields": [{"key": "phone", "kind": "phone"}, {"key": "mobile", "kind": "phone"}]}


async def parts(client: Any, item: str, limit: int) -> list[list[str]]:
    """Read all in parts; give the titles of each, with by how many phones and emails it is known."""
    found: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        answer = await client.get(f"/v1/items/{item}/duplicates", params={"after": after, "limit": limit})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found.append([f"{one['item']['title']} by {len(one['by'])}" for one in told["items"]])
        after = told["next"]
    return found


async def alike(crm: Any, type_: str, fields: dict[str, Any], **more: Any) -> list[str]:
    """Make items that are known by the same; give their ids."""
    made = [await crm.made("/v1/items", type=type_, title=f"Ana {n}", fields=fields, **more) for n in range(COUNT)]
    return [one["id"] for one in made]


@pytest.mark.parametrize(
    ("type_", "fields", "known"),
    [
        ("contact", {"phone": PHONES, "email": EMAIL}, 3),
        ("company", {"phone": PHONES[0], "mobile": PHONES[1]}, 2),
    ],
)
async def test_each_is_told_once_with_all_by_which_it_is_known_whatever_the_size_of_the_parts(
    crm: Any, type_: str, fields: dict[str, Any], known: int
) -> None:
    for key, record in (("contact", CONTACT), ("company", COMPANY)):
        assert (await crm.ann.put(f"/v1/config/type/{key}", json=record)).status_code == 200
    first, *_, gone = await alike(crm, type_, fields)
    assert (await crm.ann.delete(f"/v1/items/{gone}")).status_code == 204
    told = [f"Ana {n} by {known}" for n in range(1, COUNT - 1)]
    assert await parts(crm.ann, first, 1) == [*([one] for one in told), []]
    assert await parts(crm.ann, first, 2) == [told[:2], told[2:]]
    assert await parts(crm.ann, first, 1000) == [told]
    for asked, field in (("limit=0", "limit"), ("limit=1001", "limit"), ("after=x", "after"), ("after=%00", "after")):
        answer = await crm.ann.get(f"/v1/items/{first}/duplicates?{asked}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await crm.ann.get(f"/v1/items/{uuid4()}/duplicates")).status_code == 404


async def test_what_one_may_not_read_takes_no_room_in_a_part(company: Company) -> None:
    grants = [{"type": "contact", "actions": ["read"], "whose": "own"}]
    for path, record in (("role/own", {"grants": grants}), ("person/pia", {"name": "Pia", "access": ["own"]})):
        assert (await company.crm.ann.put(f"/v1/config/{path}", json=record)).status_code == 200
    fields = {"email": EMAIL}
    await alike(company.crm, "contact", fields)
    mine = await alike(company.crm, "contact", fields, responsible="pia")
    pia = await company.sign_in("pia")
    assert [len(part) for part in await parts(pia, mine[0], 2)] == [2, 2, 0]
    assert [len(part) for part in await parts(company.crm.ann, mine[0], 4)] == [4, 4, 1]
