"""Bad input: what its sender is told, what the operator counts, what the timeline says; nothing else changes."""

import time
from typing import Any

import httpx
import pytest
from simulators.stripe import sign

from deploy.local.clients import Crm, Refused
from tests.integration.watch import Watch
from tests.integration.world import World

Json = dict[str, Any]
PLAIN = {"stages": [{"key": "first"}, {"key": "second"}]}
NO_ITEM = "00000000-0000-4000-8000-000000000000"
pytestmark = pytest.mark.usefixtures("watch")


@pytest.fixture
async def deal(world: World) -> Json:
    """A deal that no rule and no trigger concerns."""
    await world.installation.crm.publish("deal/plain", PLAIN)
    return await world.deal(pipeline="deal/plain", amount="90 EUR")


async def refusal(crm: Crm, method: str, path: str, **more: Any) -> Json:
    """Ask for what is refused, and give the problem that the sender is told."""
    with pytest.raises(Refused) as caught:
        await crm.ask(method, path, **more)
    return problem(caught.value.answer)


def problem(answer: httpx.Response) -> Json:
    assert answer.headers["content-type"] == "application/problem+json"
    told: Json = answer.json()
    assert told["status"] == answer.status_code
    return told


async def told_of(world: World, item: Json) -> tuple[Json, list[Json]]:
    """Give all that is told of an item."""
    crm = world.installation.crm
    return await crm.item(item["id"]), await crm.timeline(item["id"])


async def deals(world: World) -> set[str]:
    found = await world.installation.crm.items(pipeline="deal/retail", stage="new", limit=1000)
    return {deal["id"] for deal in found}


async def test_a_browser_is_shown_which_fields_a_form_lacks_and_the_mended_form_makes_one_deal(
    world: World, watch: Watch
) -> None:
    before, story = await deals(world), world.story()
    answer = await world.installation.gateway.submit("site", world.shop.site_token, {"wish": "A bench"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "<li><b>name</b> is missing: fill it in</li><li><b>phone</b> is missing: fill it in</li>" in answer.text
    assert await watch.counted("signalbox_refused", door="in", status="422") == 1
    assert await watch.counted("signalbox_deliveries") == 0
    mended = {"name": "Ana Reis", "phone": story.phone, "wish": "A bench"}
    assert (await world.installation.gateway.submit("site", world.shop.site_token, mended)).is_success
    made = await world.until(story.newest_deal)
    assert await deals(world) - before == {made["id"]}


async def test_a_program_is_told_each_field_that_is_missing_or_unreadable_and_how_to_mend_it(
    world: World, watch: Watch
) -> None:
    before = await deals(world)
    form = f"/in/site/{world.shop.site_token}"
    answer = await world.installation.gateway.http.post(form, data={"phone": "12", "wish": "A bench"})
    told = problem(answer)
    name, phone = told["errors"]
    assert (told["status"], name) == (422, {"field": "name", "problem": "is missing", "fix": "fill it in"})
    assert (phone["field"], phone["problem"]) == ("phone", "cannot be read")
    assert "like +351 912 345 678" in phone["fix"]
    assert problem(await world.installation.gateway.http.post(form, json={"name": "Ana"}))["status"] == 415
    assert await watch.counted("signalbox_refused", door="in") == 2
    assert await watch.counted("signalbox_deliveries") == 0
    assert await deals(world) == before


async def test_a_value_that_a_field_cannot_hold_does_not_lose_the_client_and_is_on_the_timeline(
    world: World, watch: Watch
) -> None:
    story = world.story()
    form = {"name": "Ana Reis", "phone": story.phone, "wish": "A bench", "budget": "not much"}
    assert (await world.installation.gateway.submit("site", world.shop.site_token, form)).is_success
    made = await world.until(story.newest_deal)
    assert "amount" not in made["fields"]
    [line] = await world.lines(made["id"], "unread")
    assert "fields.amount was left empty" in line["words"]
    assert await watch.counted("signalbox_refused") == 0


async def test_a_payment_with_a_wrong_signature_changes_nothing_and_the_right_one_still_counts(
    world: World, watch: Watch, deal: Json
) -> None:
    invoice = await world.installation.crm.convert(deal["id"], to="invoice", pipeline="invoice/main")
    before = await told_of(world, invoice)
    payment = {
        "metadata": {"invoice": invoice["id"]},
        "amount": 9000,
        "currency": "eur",
        "deliver_to": f"{world.installation.gateway.url}/in/stripe/{world.shop.stripe_token}",
    }
    forged = await world.installation.simulators.pay(**payment, secret="whsec_guessed", times=2)
    assert forged["statuses"] == [401, 401]
    assert await watch.counted("signalbox_refused", door="in", status="401") == 2
    assert await watch.counted("signalbox_deliveries") == 0
    assert await told_of(world, invoice) == before
    await world.installation.simulators.pay(**payment, secret=world.shop.stripe_secret)

    async def paid() -> bool:
        return bool((await world.installation.crm.item(invoice["id"]))["stage"] == "paid")

    await world.until(paid)
    told = [line["details"]["kind"] for line in await world.lines(invoice["id"], "signal")]
    assert told.count("payment.succeeded") == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [(b"payment=1", 400, "not JSON"), (b"\xff\x00", 400, "not JSON"), (b'{"id": 7}', 422, "not an event of Stripe")],
    ids=["a form", "no text", "JSON of another shape"],
)
async def test_a_well_signed_body_that_is_no_event_is_refused_with_the_reason(
    world: World, watch: Watch, *, body: bytes, status: int, words: str
) -> None:
    at = int(time.time())
    signed = {"Stripe-Signature": f"t={at},v1={sign(body, at, world.shop.stripe_secret)}"}
    door = f"/in/stripe/{world.shop.stripe_token}"
    told = problem(await world.installation.gateway.http.post(door, content=body, headers=signed))
    assert told["status"] == status
    assert words in told["title"]
    assert await watch.counted("signalbox_refused", door="in", status=str(status)) == 1
    assert await watch.counted("signalbox_deliveries") == 0


async def test_a_door_that_is_not_there_and_a_wrong_token_are_told_the_same(world: World, watch: Watch) -> None:
    gateway = world.installation.gateway
    wrong = [await gateway.submit("site", "guessed", {}), await gateway.submit("nowhere", world.shop.site_token, {})]
    assert [problem(answer) for answer in wrong] == [problem(wrong[0])] * 2
    assert await watch.counted("signalbox_refused", door="in", status="404") == 2


# What is asked of the deal; which field the sender is told of, and words of the problem and of its remedy.
UNFIT: list[tuple[str, str, Json, str, str, str]] = [
    ("POST", "/move", {"stage": "nowhere"}, "stage", "no stage 'nowhere'", "use one of: first, second"),
    ("POST", "/move", {"stage": "void"}, "stage", "deal/plain has no stage 'void'", "use one of: first, second"),
    ("POST", "/move", {}, "stage", "no stage is named", "send one"),
    ("POST", "/move", {"stage": "second", "colour": 1}, "colour", "not permitted", "leave it out"),
    ("POST", "/conversions", {"to": "invoice", "pipeline": "deal/plain"}, "pipeline", "have no", "invoice/main"),
    ("PATCH", "", {"fields": {"colour": "red"}}, "fields.colour", "no such field", "use one of: amount"),
    ("PATCH", "", {"fields": {"amount": "a lot"}}, "fields.amount", "is not a money", "EUR"),
    ("PATCH", "", {"fields": {"responsible": "zoe"}}, "responsible", "nobody we know", "id of a person"),
    ("PATCH", "", {"fields": {"wish": "a" * 10_001}}, "fields.wish", "is not a text", "at most 10000"),
    ("PATCH", "", {"fields": {"wish": "\U0001fa91" * 10_000}}, "fields", "it may have 40000", "as files"),
    ("PATCH", "", {"fields": {"wish": "a\x00b"}}, "fields.wish", "is not a text", "not text"),
]


async def test_what_an_item_cannot_be_is_refused_by_its_field_and_the_next_right_move_holds(
    world: World, deal: Json
) -> None:
    crm, before = world.installation.crm, await told_of(world, deal)
    for method, below, body, field, words, fix in UNFIT:
        told = await refusal(crm, method, f"/v1/items/{deal['id']}{below}", json=body)
        [error] = told["errors"]
        assert (told["status"], error["field"]) == (422, field), told
        assert words in error["problem"], told
        assert fix in error["fix"], told
    as_json = {"Content-Type": "application/json"}
    told = await refusal(crm, "POST", f"/v1/items/{deal['id']}/move", content=b"{second", headers=as_json)
    assert (told["status"], told["errors"][0]["fix"]) == (422, "send one JSON object")
    assert await told_of(world, deal) == before
    await crm.move(deal["id"], "second")
    assert [row["kind"] for row in await crm.timeline(deal["id"])] == [row["kind"] for row in before[1]] + ["moved"]


async def test_a_change_that_was_decided_on_an_old_version_is_told_the_current_item(world: World, deal: Json) -> None:
    crm = world.installation.crm
    current = await crm.change(deal["id"], wish="A bench")
    before = await told_of(world, deal)
    for method, below, body in (("POST", "/move", {"stage": "second"}), ("PATCH", "", {"fields": {"wish": "Oak"}})):
        told = await refusal(crm, method, f"/v1/items/{deal['id']}{below}", json={**body, "version": deal["version"]})
        assert (told["status"], told["errors"][0]["field"]) == (409, "version")
        assert told["current"] == current
    assert await told_of(world, deal) == before
    moved = await crm.ask("POST", f"/v1/items/{deal['id']}/move", json={"stage": "second", "version": 2})
    assert (moved["stage"], moved["version"]) == ("second", 3)


async def test_an_item_that_never_was_and_one_that_is_deleted_are_told_apart(world: World, deal: Json) -> None:
    crm = world.installation.crm
    await crm.ask("DELETE", f"/v1/items/{deal['id']}")
    before = await crm.timeline(deal["id"])
    cases = (
        (NO_ITEM, 404, f"there is no item {NO_ITEM}"),
        (deal["id"], 410, f"item {deal['id']} is deleted"),
        ("my-deal", 422, "valid UUID"),
    )
    for item, status, words in cases:
        told = await refusal(crm, "POST", f"/v1/items/{item}/move", json={"stage": "second"})
        assert told["status"] == status
        assert words in (told.get("detail") or told["errors"][0]["problem"])
    assert await crm.timeline(deal["id"]) == before


async def test_a_stranger_is_asked_who_he_is_and_a_service_may_not_do_what_people_do(world: World, deal: Json) -> None:
    up, before = world.installation, await told_of(world, deal)
    tokens = {"": 401, "guessed": 401, up.environment.tokens["service:action-workers"]: 403}
    for token, status in tokens.items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(base_url=up.crm.url, headers=headers, timeout=60, trust_env=False) as client:
            path = f"/v1/items/{deal['id']}/move"
            told = problem(await client.post(path, json={"stage": "second"}))
            assert told["status"] == status
            assert ("Authorization: Bearer" if status == 401 else "user:<id>") in told["detail"]
    told = await refusal(up.crm, "POST", "/v1/tasks", json={"item": deal["id"], "title": "x"})
    assert (told["status"], told["title"]) == (403, "Only services may do this")
    assert await told_of(world, deal) == before


async def test_a_config_record_with_a_field_that_nobody_knows_is_not_kept(world: World) -> None:
    crm = world.installation.crm
    told = await refusal(crm, "PUT", "/v1/config/person/zoe", json={"name": "Zoe", "colour": "red"})
    assert (told["status"], told["errors"][0]["field"]) == (422, "colour")
    assert told["errors"][0]["fix"] == "leave it out, or correct its name"
    assert (await refusal(crm, "GET", "/v1/config/person/zoe"))["status"] == 404
    assert (await refusal(crm, "PUT", "/v1/config/planet/mars", json={}))["errors"][0]["field"] == "kind"
