"""Types that users define: their fields, what may change once items hold data, and values that are unique."""

import asyncio
from functools import partial
from typing import Any

import pytest
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.commands import Creation, Nobody
from contracts.envelope import Cause
from crm_api.config.retyping import emptied
from crm_api.record.sweeping import sweep
from crm_api.store.held_values import Held, holders
from crm_api.testing.shop import ASKS, Shop, form

FIELDS: list[dict[str, Any]] = [
    {"key": "code", "kind": "string", "unique": True, "required": True},
    {"key": "tags", "kind": "choices", "choices": ["oak", "pine"]},
    {"key": "buyer", "kind": "person"},
    {"key": "contract", "kind": "file"},
    {"key": "site", "kind": "address"},
    {"key": "phones", "kind": "phone", "multiple": True},
    {"key": "rating", "kind": "integer", "default": 3},
    {"key": "client", "kind": "link", "to": "contact"},
]
PATH = "/v1/config/type/supplier"


async def defined(crm: Any, fields: list[dict[str, Any]] | None = None, **parts: Any) -> Any:
    return await crm.ann.put(PATH, json={"fields": FIELDS if fields is None else fields, **parts})


async def supplier(crm: Any, code: str, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = await crm.made("/v1/items", type="supplier", title=code, fields={"code": code, **fields})
    return made


def without(key: str) -> list[dict[str, Any]]:
    return [field for field in FIELDS if field["key"] != key]


def with_(key: str, **changes: Any) -> list[dict[str, Any]]:
    return [{**field, **changes} if field["key"] == key else field for field in FIELDS]


@pytest.mark.req("J1", "J2", "J3")
async def test_users_define_a_type_with_fields_of_their_own_that_no_other_type_shares(crm: Any) -> None:
    assert (await defined(crm)).status_code == 200
    bytes_ = await crm.ann.post("/v1/files", content=b"a contract", headers={"Content-Type": "text/plain"})
    given = {
        "tags": ["pine", "oak"],
        "buyer": "ann",
        "contract": bytes_.json()["hash"],
        "site": {"city": "Porto"},
        "phones": ["912345678"],
    }
    made = await supplier(crm, "S-1", **given)
    assert made["fields"] == {
        **given, "tags": ["oak", "pine"], "phones": ["+351912345678"], "code": "S-1", "rating": 3,
    }  # fmt: skip
    refused = [
        ({"tags": ["ash"]}, "fields.tags"),
        ({"buyer": "nobody"}, "fields.buyer"),
        ({"contract": "0" * 64}, "fields.contract"),
        ({"site": "Porto"}, "fields.site"),
        ({"phones": ["call"]}, "fields.phones.0"),
    ]
    for fields, place in refused:
        answer = await crm.ann.patch(f"/v1/items/{made['id']}", json={"fields": fields})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, place)
        assert answer.json()["errors"][0]["fix"]
    other = await crm.ann.post("/v1/items", json={"type": "deal", "fields": {"tags": ["oak"]}})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "fields.tags")
    later = [*FIELDS, {"key": "country", "kind": "string", "name": {"en": "Country", "ru": "Страна"}}]
    assert (await defined(crm, later)).status_code == 200
    changed = await crm.ann.patch(f"/v1/items/{made['id']}", json={"fields": {"country": "PT", "rating": None}})
    assert changed.json()["fields"]["country"] == "PT"
    assert "rating" not in changed.json()["fields"]


async def test_a_type_that_would_lose_data_is_refused_with_a_count_unless_the_data_is_given_up(crm: Any) -> None:
    await defined(crm)
    first = await supplier(crm, "S-1", tags=["oak", "pine"], phones=["912345678"])
    await supplier(crm, "S-2", tags=["oak"])
    losing = [
        (without("tags"), "fields.tags", "2 items"),
        (with_("tags", kind="choice"), "fields.tags", "2 items"),
        (with_("tags", choices=["oak"]), "fields.tags", "1 item "),
        (with_("phones", multiple=False), "fields.phones", "1 item "),
        (with_("rating", kind="decimal", default=None), "fields.rating", "2 items"),
    ]
    for fields, place, words in losing:
        answer = await defined(crm, fields)
        error = answer.json()["errors"][0]
        assert (answer.status_code, error["field"]) == (422, place)
        assert words in error["problem"]
        assert "drop_data=true" in error["fix"]
    dropped = await crm.ann.put(PATH, json={"fields": with_("tags", choices=["oak"])}, params={"drop_data": True})
    assert dropped.status_code == 200, dropped.text
    item = (await crm.ann.get(f"/v1/items/{first['id']}")).json()
    assert (item["fields"]["tags"], item["version"]) == (["oak"], first["version"] + 1)
    gone = await crm.ann.put(PATH, json={"fields": without("tags")}, params={"drop_data": True})
    assert gone.status_code == 200
    assert "tags" not in (await crm.ann.get(f"/v1/items/{first['id']}")).json()["fields"]
    rows = (await crm.ann.get(f"/v1/items/{first['id']}/timeline")).json()["rows"]
    history = [row["details"]["changes"]["tags"] for row in rows if row["kind"] == "changed"]
    assert history == [{"old": ["oak", "pine"], "new": ["oak"]}, {"old": ["oak"], "new": None}]
    assert (await defined(crm, FIELDS)).status_code == 200


async def test_what_takes_long_is_done_in_parts_and_goes_on_when_it_is_asked_for_again(crm: Any) -> None:
    await defined(crm)
    for n in range(5):
        await supplier(crm, f"S-{n}", tags=["oak"])
    held = Held("supplier", "tags")
    asks = partial(sweep, crm.process, Cause(new_id(), new_id()), partial(holders, held=held), emptied(held))
    with pytest.raises(Problem, match="3 items are done"):
        await asks(most=3)
    assert await asks(most=3) == 2
    assert await asks() == 0


async def test_a_type_goes_when_nothing_is_of_it_or_leads_to_it(crm: Any) -> None:
    await defined(crm)
    made = await supplier(crm, "S-1")
    reasons = []
    for key in ("supplier", "contact", "deal"):
        answer = await crm.ann.delete(f"/v1/config/type/{key}")
        assert answer.status_code == 422
        reasons.append(answer.json()["detail"])
    assert reasons == [
        "type 'supplier' has 1 item",
        "the field 'client' of 'supplier' leads to 'contact'",
        "type 'deal' has pipelines",
    ]
    await crm.ann.delete(f"/v1/items/{made['id']}")
    assert (await crm.ann.delete(PATH)).status_code == 204
    assert (await crm.ann.delete(PATH)).status_code == 404


async def test_two_items_never_hold_the_same_unique_value(crm: Any) -> None:
    await defined(crm)
    first = await supplier(crm, "S-1")
    second = await supplier(crm, "S-2")

    async def refused(answer: Any) -> None:
        assert answer.status_code == 422, answer.text
        error = answer.json()["errors"][0]
        assert error["field"] == "fields.code"
        assert first["id"] in error["problem"]

    await refused(await crm.ann.post("/v1/items", json={"type": "supplier", "fields": {"code": "S-1"}}))
    await refused(await crm.ann.patch(f"/v1/items/{second['id']}", json={"fields": {"code": "S-1"}}))
    assert (await crm.ann.get(f"/v1/items/{second['id']}")).json()["fields"]["code"] == "S-2"
    await crm.ann.patch(f"/v1/items/{first['id']}", json={"fields": {"code": "S-9"}})
    assert (await crm.ann.patch(f"/v1/items/{second['id']}", json={"fields": {"code": "S-1"}})).status_code == 200
    await crm.ann.delete(f"/v1/items/{first['id']}")
    await supplier(crm, "S-9")
    held = await crm.fetch("SELECT value FROM unique_value ORDER BY value")
    assert [row["value"] for row in held] == ["S-1", "S-9"]
    taken = await crm.ann.post(f"/v1/items/{first['id']}/restore")
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (422, "fields.code")


async def test_of_two_requests_at_once_with_one_unique_value_one_is_refused(crm: Any) -> None:
    await defined(crm)
    body = {"type": "supplier", "fields": {"code": "S-1"}}
    for n in range(5):
        body = {"type": "supplier", "fields": {"code": f"S-{n}"}}
        answers = await asyncio.gather(*(crm.ann.post("/v1/items", json=body) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
        [made] = [answer.json()["id"] for answer in answers if answer.status_code == 201]
        assert all(made in answer.text for answer in answers)


async def test_a_field_becomes_unique_when_its_values_differ(crm: Any) -> None:
    plain = with_("code", unique=False)
    await defined(crm, plain)
    one, other = await supplier(crm, "S-1"), await supplier(crm, "S-1")
    answer = await defined(crm)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "fields.code")
    assert one["id"] in answer.text or other["id"] in answer.text
    await crm.ann.patch(f"/v1/items/{other['id']}", json={"fields": {"code": "S-2"}})
    assert (await defined(crm)).status_code == 200
    again = await crm.ann.post("/v1/items", json={"type": "supplier", "fields": {"code": "S-2"}})
    assert again.status_code == 422
    assert (await defined(crm, plain)).status_code == 200
    await supplier(crm, "S-2")


async def test_a_field_that_becomes_required_makes_items_incomplete_at_their_next_change(crm: Any) -> None:
    await defined(crm)
    made = await supplier(crm, "S-1")
    assert (await defined(crm, with_("buyer", required=True))).status_code == 200
    assert (await crm.ann.get(f"/v1/items/{made['id']}")).json()["incomplete"] is False
    changed = await crm.ann.patch(f"/v1/items/{made['id']}", json={"fields": {"rating": 5}})
    assert changed.json()["incomplete"] is True
    filled = await crm.ann.patch(f"/v1/items/{made['id']}", json={"fields": {"buyer": "ann"}})
    assert filled.json()["incomplete"] is False


async def test_a_form_that_brings_a_value_that_is_taken_still_makes_its_item_and_says_so(shop: Shop) -> None:
    fields = [{"key": "code", "kind": "string", "unique": True}, {"key": "plan", "kind": "file"}]
    answer = await shop.crm.ann.put("/v1/config/type/deal", json={"fields": fields})
    assert answer.status_code == 200
    create = Creation(
        type="deal",
        pipeline="deal/retail",
        stage="new",
        fields={"code": "code", "plan": "plan"},
        contact={"phone": "phone"},
    )
    nobody = Nobody(do="create", create=create)
    await shop.apply(form("+351911111121", code="A-1"), ASKS, nobody=nobody)
    await shop.apply(form("+351911111122", code="A-1", plan="0" * 64), ASKS, nobody=nobody)
    deals = {deal["fields"].get("code"): deal for deal in await shop.items()}
    assert set(deals) == {"A-1", None}
    unread = await shop.lines(deals[None]["id"], "unread")
    assert {line["details"]["field"] for line in unread} == {"fields.code", "fields.plan"}
    assert any(deals["A-1"]["id"] in line["details"]["problem"] for line in unread)
