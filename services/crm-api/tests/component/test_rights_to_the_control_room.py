"""Who may not: rules copied over borders, stages cleared, keys that are limited, what others wait for and were told."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from contracts.executions import EffectSeen, ExecutionRow
from contracts.questions import AskedField
from contracts.rules import RuleSetRef
from crm_api.questions import Kept
from crm_api.store import questions as stored_questions
from crm_api.store import timeline as stored_timeline
from crm_api.testing.company import Company

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
RETAIL, PLAIN = "/v1/pipelines/deal/retail", "/v1/pipelines/invoice/plain"
FEWER = {"stages": [{"key": "new"}, {"key": "paid", "kind": "success"}, {"key": "lost", "kind": "failure"}]}


async def person(company: Company, id_: str, **role: Any) -> httpx.AsyncClient:
    """Make a person with a role of their own, and sign them in."""
    for path, record in ((f"role/{id_}", role), (f"person/{id_}", {"name": id_, "access": [id_]})):
        assert (await company.crm.ann.put(f"/v1/config/{path}", json=record)).status_code == 200
    return await company.sign_in(id_)


async def test_rules_are_copied_and_stages_cleared_by_whoever_may_do_all_of_it(company: Company) -> None:
    lea = await person(company, "lea", automation={"deal": "read", "invoice": "change"})
    ivo = await company.sign_in("ivo")
    copy, back = f"{RETAIL}/stages/new/rules/greet/copy", {"pipeline": "deal/retail", "stage": "paid"}
    there = {"pipeline": "invoice/plain", "stage": "open"}
    assert (await lea.post(copy, json=there)).status_code == 201
    assert (await lea.post(f"{PLAIN}/stages/open/rules/greet/copy", json=back)).status_code == 403
    assert (await lea.post(copy, json={"key": "more"})).status_code == 403
    # Ivo changes the rules of invoices, and may not even read those of deals.
    refused = await ivo.post(copy, json={**there, "key": "mine"})
    assert refused.status_code == 403
    assert "you may not read the rules and triggers of deal" in refused.json()["detail"]
    [act] = await company.acts(principal="user:ivo", outcome="refused")
    assert (act["operation"], act["subject"]) == ("rules.copy", copy)
    # All items of a stage that goes are moved, not only one's own.
    grants = [{"type": "deal", "actions": ["read", "add", "change"], "whose": "own"}]
    lou = await person(company, "lou", automation={"deal": "change"}, grants=grants)
    item = await company.deal("lou", stage="documents")
    body = {**FEWER, "moves": {"documents": "lost"}}
    refused = await lou.put(RETAIL, json=body)
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("you may not move all items of deal/retail; ")
    assert (await lou.get(f"/v1/items/{item}")).json()["stage"] == "documents"
    assert len((await lou.get(RETAIL)).json()["stages"]) == 4
    mia = await company.sign_in("mia")
    assert (await mia.put(RETAIL, json=body)).status_code == 200
    assert (await lou.get(f"/v1/items/{item}")).json()["stage"] == "lost"


async def test_a_limited_key_writes_rules_within_its_scope_and_tries_none_out(company: Company) -> None:
    scope = {"actions": ["read", "change"], "types": ["deal"], "automation": "change"}
    mia = await company.sign_in("mia", scope=scope)
    reads = await company.sign_in("mia", scope={**scope, "automation": "read"})
    draft = {"name": "By a key", **FEWER}
    assert (await mia.put(f"{RETAIL}/draft", json=draft)).status_code == 200
    assert (await mia.put(f"{PLAIN}/draft", json=draft)).status_code == 403
    assert (await reads.get(f"{RETAIL}/draft/changes")).status_code == 200
    for refused in (
        await reads.put(f"{RETAIL}/draft", json=draft),
        await reads.post(f"{RETAIL}/draft/publish", json={}),
        await reads.delete(f"{RETAIL}/draft"),
        await reads.post(f"{RETAIL}/stages/new/apply/preview", json={}),
        await mia.put("/v1/config/constant/vat", json={"value": 23}),
        await mia.get("/v1/config/connection/sms"),
    ):
        assert refused.status_code in {403, 404}, refused.text
    window = {"pipeline": "deal/retail", "from": "2026-03-01T00:00Z", "to": "2026-03-02T00:00Z"}
    whole = await company.sign_in("mia")
    # One body in the three hands: only who signs in with all their rights is let through.
    asked = [await client.post("/v1/simulations", json=window) for client in (mia, reads, whole)]
    assert [one.status_code for one in asked] == [403, 403, 202]
    assert await company.acts(operation="drafts.publish", outcome="done") == []


async def test_keys_are_listed_in_parts_and_revoked_once_by_whoever_they_are_of_or_an_admin(company: Company) -> None:
    made = sorted([(await company.key(person))["id"] for person in ("sam", "sam", "olaf", "sam")])
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await company.crm.ann.get("/v1/api-keys", params={"limit": 2, "after": after})).json()
        found += [key["id"] for key in page["keys"]]
        after = page["next"]
    assert found == made
    nils = await company.sign_in("nils")
    own = (await nils.get("/v1/api-keys", params={"person": "sam"})).json()
    assert ([key["person"] for key in own["keys"]], own["next"]) == (["nils"], None)
    assert (await company.crm.ann.get("/v1/api-keys", params={"person": "hana"})).json() == {"keys": [], "next": None}
    sams = await company.key("sam")
    path = f"/v1/api-keys/{sams['id']}"
    mia, ada = await company.sign_in("mia"), await company.sign_in("ada")
    assert (await mia.delete(path)).status_code == 404
    assert (await ada.delete(path)).status_code == 204
    [before] = await company.crm.fetch("SELECT revoked_at FROM api_key WHERE id = $1", sams["id"])
    assert (await ada.delete(path)).status_code == 204
    assert await company.crm.fetch("SELECT revoked_at FROM api_key WHERE id = $1", sams["id"]) == [before]
    acts = await company.acts(subject=f"api-key/{sams['id']}", outcome="done")
    assert [(act["operation"], act["principal"]) for act in acts] == [
        ("api-keys.revoke", "user:ada"),
        ("api-keys.revoke", "user:ada"),
        ("api-keys.make", "user:ann"),
    ]


async def test_what_is_for_admins_alone_is_told_and_done_to_nobody_else_and_who_wanted_it_is_noted(
    company: Company,
) -> None:
    contact = await company.crm.made("/v1/items", type="contact", title="Maria Silva")
    assert (await company.crm.ann.post(f"/v1/items/{contact['id']}/erase")).status_code == 200
    ada, mia = await company.sign_in("ada"), await company.sign_in("mia")
    assert [one["id"] for one in (await ada.get("/v1/config/erasure")).json()] == [contact["id"]]
    assert (await mia.get("/v1/config/erasure")).json() == []
    assert (await mia.get(f"/v1/config/erasure/{contact['id']}")).status_code == 404
    sam = await company.sign_in("sam")
    refused = [
        await sam.put("/v1/config/constant/vat", json={"value": 23}),
        await sam.delete("/v1/config/person/ada"),
        await sam.put("/v1/config/role/seller", json={"admin": True}),
        await sam.put("/v1/config/person/sam", json={"name": "Sam", "access": ["admin"]}),
        await sam.put("/v1/config/type/deal?drop_data=true", json={"fields": []}),
        await sam.put("/v1/company.yaml", content="{kind: constant, id: vat, data: {value: 1}}"),
    ]
    assert [one.status_code for one in refused] == [403] * 6
    assert refused[0].json()["detail"].startswith("you may not change constant vat; ask an admin")
    acts = await company.acts(principal="user:sam", outcome="refused")
    assert [(act["operation"], act["subject"]) for act in reversed(acts)] == [
        ("config.put", "/v1/config/constant/vat"),
        ("config.delete", "/v1/config/person/ada"),
        ("config.put", "/v1/config/role/seller"),
        ("config.put", "/v1/config/person/sam"),
        ("config.put", "/v1/config/type/deal"),
        ("company.put", "/v1/company.yaml"),
    ]
    assert (await sam.get("/v1/config/constant/vat")).status_code == 404
    assert (await sam.get("/v1/config/person/ada")).status_code == 200
    assert (await company.acts(principal="user:sam", outcome="done")) == []


def row(item: str, **more: Any) -> ExecutionRow:
    told = {"id": uuid4(), "version": 1, "item": UUID(item), "activation": 1, "rule": uuid4(), "rule_key": "greet"}
    where = {"rule_set": RuleSetRef(pipeline="deal/retail", number=1), "stage": "new", "action": "send-sms"}
    return ExecutionRow.model_validate({**told, **where, "state": "failed", "planned_at": AT, **more})


async def keep(company: Company, *rows: ExecutionRow) -> None:
    async with company.crm.process.database.transaction() as tx:
        await stored_timeline.keep(tx, sorted(rows, key=lambda one: one.id))


async def test_executions_are_seen_and_ordered_as_their_items_are_where_something_can_be_ordered(
    company: Company,
) -> None:
    mine, others = await company.deal("sam"), await company.deal("olaf")
    own, his = row(mine), row(others)
    await keep(company, own, his, row(others, state="waiting"))
    sam, rea = await company.sign_in("sam"), await company.sign_in("rea")
    listed = [(await one.get("/v1/executions?state=failed")).json()["executions"] for one in (sam, rea)]
    assert [len(one) for one in listed] == [1, 2]
    counts = [(await one.get("/v1/executions/counts")).json()["states"] for one in (sam, rea)]
    assert [{state: count["count"] for state, count in one.items()} for one in counts] == [
        {"failed": 1},
        {"failed": 2, "waiting": 1},
    ]
    for client, of, status in ((sam, own, 202), (sam, his, 404), (rea, own, 403), (rea, his, 403)):
        assert (await client.post(f"/v1/executions/{of.id}/retry")).status_code == status
    both = {"ids": [str(own.id), str(own.id), str(his.id)]}
    ordered = [(await one.post("/v1/executions/retry", json=both)).json() for one in (sam, rea)]
    assert [one["ordered"] for one in ordered] == [[str(own.id)], []]
    assert [[no["why"] for no in one["refused"]] for one in ordered] == [
        ["there is no such execution"],
        ["there is no such execution"] * 2,
    ]
    assert (await rea.post("/v1/executions/retry", json={"where": {}})).json()["ordered"] == []
    [act, *_] = await company.acts(principal="user:sam", operation="executions.retry_many")
    assert (act["subject"], act["detail"]["do"], act["detail"]["where"]) == ("executions", "retry", None)
    effect = EffectSeen(id=uuid4(), whom="item", state="uncertain", version=1, at=AT)
    inside = row(await company.deal("sam"), action="move-item", state="uncertain", effects=(effect,))
    await keep(company, inside)
    body = {"execution": str(inside.id), "sent": True}
    refused = await sam.post(f"/v1/effects/{effect.id}/confirm", json=body)
    assert (refused.status_code, refused.json()["detail"]) == (409, "move-item has no effects outside")


async def asked(company: Company, item: str, **whose: Any) -> str:
    """Keep an open question."""
    id_, fields = uuid4(), (AskedField(key="note", kind="text"),)
    kept = Kept(id=id_, item=UUID(item), text="What?", asked=fields, asked_at=AT, execution=uuid4(), round=1, **whose)
    async with company.crm.process.database.transaction() as tx:
        assert await stored_questions.add(tx, kept)
    return str(id_)


async def test_a_question_to_a_department_is_for_its_people_and_not_for_those_of_none(company: Company) -> None:
    item = await company.deal(None)
    to_shop = await asked(company, item, department="shop")
    to_olaf = await asked(company, item, people=("olaf",))
    clients = {name: await company.sign_in(name) for name in ("sam", "olaf", "hana", "nils", "ada")}
    own = {name: (await one.get("/v1/questions")).json()["questions"] for name, one in clients.items()}
    assert {name: [one["id"] for one in found] for name, found in own.items() if found} == {
        "sam": [to_shop],
        "olaf": [to_olaf],
    }
    of_item = {
        name: {one["id"] for one in (await client.get(f"/v1/questions?item={item}")).json()["questions"]}
        for name, client in clients.items()
    }
    assert of_item == {"sam": {to_shop}, "olaf": {to_olaf}, "hana": set(), "nils": set(), "ada": {to_shop, to_olaf}}
    statuses = {name: (await one.get(f"/v1/questions/{to_shop}")).status_code for name, one in clients.items()}
    assert statuses == {"sam": 200, "olaf": 404, "hana": 404, "nils": 404, "ada": 200}
    reads = await company.sign_in("sam", scope={"actions": ["read"]})
    said = {"answers": {"note": "Oak"}}
    assert (await reads.post(f"/v1/questions/{to_shop}/answer", json=said)).status_code == 403
    assert (await clients["sam"].post(f"/v1/questions/{to_shop}/answer", json=said)).status_code == 200
    assert (await clients["sam"].get("/v1/questions")).json() == {"questions": [], "next": None}
    [past] = (await clients["sam"].get(f"/v1/questions?item={item}")).json()["questions"]
    assert (past["state"], past["answers"], past["answered_by"]) == ("answered", {"note": "Oak"}, "user:sam")
