"""Kept deliveries: listed, looked at, tried with other settings, replayed, counted, and forgotten after their time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.http import serve
from chassis.ids import new_id
from chassis.testing import eventually, running_tasks
from contracts import ids, topics
from contracts.actions import SetSuppression
from contracts.config import ConfigChanged, Source
from stack.ports import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from trigger_gateway.kept.forgetting import Forgetting
from twilio.request_validator import RequestValidator

TOKEN = "hook-token-0123456789abcdef"
ADA, RUI = {"Authorization": "Bearer ada"}, {"Authorization": "Bearer rui"}
ASKED = {"id": "o-1", "what": "asked", "who": {"phone": "912 345 678"}}
SETTINGS = {
    "check": "token",
    "delivery": "id",
    "mapping": {"payload": {"form": "form"}, "identities": {"phone": "who.phone"}},
}


class Record:
    """What answers for rights as crm-api does: Ada is an admin, Rui may not; and what was noted."""

    def __init__(self) -> None:
        self.noted: list[dict[str, Any]] = []

    def refused(self, request: Request) -> Response | None:
        """Refuse whoever is not Ada."""
        token = request.headers.get("authorization")
        if token == ADA["Authorization"]:
            return None
        known = token == RUI["Authorization"]
        return JSONResponse({"title": "You may not" if known else "Who are you?"}, 403 if known else 401)

    async def config(self, request: Request) -> Response:
        """Give the source's record to who may read it."""
        return self.refused(request) or JSONResponse({})

    async def replays(self, request: Request) -> Response:
        """Note a replay of who may."""
        if refusal := self.refused(request):
            return refusal
        self.noted.append(await request.json())
        return Response(status_code=204)


@pytest.fixture
async def record() -> AsyncIterator[tuple[Record, str]]:
    """Give a stand-in for crm-api and its address."""
    record, port = Record(), free_port()
    paths = (
        Route("/v1/config/source/{id}", record.config),
        Route("/v1/sources/{id}/replays", record.replays, methods=["POST"]),
    )
    async with running_tasks(serve(Starlette(routes=paths), "127.0.0.1", port)):
        yield record, f"http://127.0.0.1:{port}"


@pytest.fixture
async def door(started: Any, record: tuple[Record, str]) -> Any:
    """Give a gateway with a webhook whose mapping is set, with crm-api to ask."""
    door = await started("serve", crm_api_url=record[1], tally_every=0.05)
    await door.configure(changed(SETTINGS, 900))
    return door


def changed(settings: dict[str, Any], revision: int) -> ConfigChanged:
    source = Source(id="shop", kind="webhook", token=TOKEN, signals="form.submitted", settings=settings)
    data = source.model_dump(mode="json")
    return ConfigChanged(kind="source", id="shop", revision=revision, data=data, changed_at=datetime.now(UTC))


async def post(door: Any, **more: Any) -> None:
    assert (await door.http.post(f"/in/shop/{TOKEN}", json=ASKED | more)).status_code == 200


async def get(door: Any, path: str = "", **query: Any) -> Any:
    answer = await door.http.get(f"/v1/sources/shop{path}", params=query, headers=ADA)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def only(door: Any) -> dict[str, Any]:
    [row] = (await get(door, "/deliveries"))["deliveries"]
    found: dict[str, Any] = row
    return found


async def test_deliveries_are_listed_newest_first_by_outcome_and_in_parts(door: Any) -> None:
    for n in range(5):
        await post(door, id=f"o-{n}")
    await post(door, id="o-0")
    await post(door, id="o-1", what="something else")
    listed = (await get(door, "/deliveries"))["deliveries"]
    assert [row["delivery"] for row in listed] == ["o-1", "o-4", "o-3", "o-2", "o-1", "o-0"]
    assert [row["outcome"] for row in listed][:2] == ["quarantined", "kept"]
    repeated = (await get(door, "/deliveries", outcome="repeated"))["deliveries"]
    assert [(row["delivery"], row["repeats"]) for row in repeated] == [("o-0", 1)]
    assert [row["delivery"] for row in (await get(door, "/deliveries", outcome="quarantined"))["deliveries"]] == ["o-1"]
    assert (await get(door, "/deliveries", outcome="ignored"))["deliveries"] == []
    parts, after = [], ""
    while True:
        part = await get(door, "/deliveries", limit=2, after=after)
        parts += part["deliveries"]
        after = part["next"]
        if not after:
            break
    assert parts == listed
    later = datetime.now(UTC) + timedelta(hours=1)
    assert (await get(door, "/deliveries", since=later.isoformat()))["deliveries"] == []


async def test_one_is_shown_with_all_that_came_and_what_it_tells(door: Any) -> None:
    await post(door, form="site")
    shown = await get(door, f"/deliveries/{(await only(door))['id']}")
    assert (shown["encoding"], shown["repeats"]) == ("text", 0)
    assert '"what"' in shown["body"]
    assert shown["headers"]["content-type"] == "application/json"
    assert shown["signal"] == str(ids.signal_id("shop", "o-1"))
    [told] = shown["tells"]
    assert (told["kind"], told["signal"], told["payload"]) == (
        "form.submitted",
        shown["signal"],
        {"form": "site", "webhook": "shop"},
    )
    assert told["triggers"] == [{"pipeline": "deal/retail", "stage": "documents", "trigger": "asked"}]


async def test_other_settings_are_tried_on_it_and_change_nothing(door: Any) -> None:
    await post(door, page={"form": "site"})
    id_ = (await only(door))["id"]
    as_is = await tried(door, delivery=id_)
    assert [note["field"] for note in as_is["tells"][0]["notes"]] == ["settings.mapping.payload.form"]
    assert as_is["tells"][0]["triggers"] == []
    better = SETTINGS | {"mapping": {"payload": {"form": "page.form"}}}
    [told] = (await tried(door, delivery=id_, settings=better))["tells"]
    assert (told["payload"]["form"], told["notes"]) == ("site", [])
    assert [fit["trigger"] for fit in told["triggers"]] == ["asked"]
    lacks = await tried(door, delivery=id_, settings=better, required=["form", "wish"])
    assert (lacks["tells"], [error["field"] for error in lacks["refused"]["errors"]]) == ([], ["wish"])
    [sample] = (await tried(door, sample='{"id": "x", "page": {"form": "site"}}', settings=better))["tells"]
    assert sample["delivery"] == "x"
    assert (await tried(door, sample="{"))["refused"]["status"] == 400
    assert len((await get(door, "/deliveries"))["deliveries"]) == 1
    assert len(await door.signals()) == 1


async def tried(door: Any, **body: Any) -> dict[str, Any]:
    answer = await door.http.post("/v1/sources/shop/try", json=body, headers=ADA)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_settings_that_cannot_hold_are_named_and_so_is_half_a_question(door: Any) -> None:
    for body, field in (
        ({"sample": "{}", "settings": {"check": "token", "mapping": {"item": "a["}}}, "settings.mapping.item"),
        ({"sample": "{}", "signals": "nothing.known"}, "signals"),
        ({}, "delivery"),
        ({"sample": "{}", "delivery": str(new_id())}, "delivery"),
    ):
        answer = await door.http.post("/v1/sources/shop/try", json=body, headers=ADA)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_replay_goes_through_the_mapping_as_it_is_now_under_its_own_id(
    door: Any, record: tuple[Record, str]
) -> None:
    await post(door, page={"form": "site"})
    id_ = (await only(door))["id"]
    await door.configure(changed(SETTINGS | {"mapping": {"payload": {"form": "page.form"}}}, 950))
    replayed = await door.http.post(f"/v1/sources/shop/deliveries/{id_}/replay", json={}, headers=ADA)
    assert replayed.status_code == 200, replayed.text
    first, again = sorted(await door.signals(2), key=lambda signal: len(signal.payload))
    assert first.id == again.id == ids.signal_id("shop", "o-1")
    assert (again.payload["form"], again.happened_at) == ("site", first.happened_at)
    assert record[0].noted == [{"delivery": id_, "as_new": False}]
    await post(door, page={"form": "site"})
    assert [(row["repeats"], row["outcome"]) for row in (await get(door, "/deliveries"))["deliveries"]] == [(1, "kept")]


async def test_a_replay_as_new_is_a_delivery_and_a_signal_of_its_own(door: Any) -> None:
    await post(door)
    await post(door, what="something else")
    aside = (await get(door, "/deliveries", outcome="quarantined"))["deliveries"][0]["id"]
    path = f"/v1/sources/shop/deliveries/{aside}/replay"
    refused = await door.http.post(path, json={}, headers=ADA)
    assert (refused.status_code, "as_new" in refused.json()["detail"]) == (409, True)
    made = await door.http.post(path, json={"as_new": True}, headers=ADA)
    assert made.status_code == 200
    assert made.json()["delivery"].startswith("o-1+")
    assert len({signal.id for signal in await door.signals(2)}) == 2
    assert len((await get(door, "/deliveries", outcome="kept"))["deliveries"]) == 2


async def test_what_a_person_was_erased_from_is_neither_shown_nor_replayed(door: Any) -> None:
    await post(door)
    id_ = (await only(door))["id"]
    await door.rows("UPDATE delivery SET body = '', headers = '{}' RETURNING id")
    shown = await get(door, f"/deliveries/{id_}")
    assert (shown["body"], shown["tells"]) == ("", [])
    answer = await door.http.post(f"/v1/sources/shop/deliveries/{id_}/replay", json={}, headers=ADA)
    assert answer.status_code == 409
    assert len(await door.signals()) == 1


async def test_a_body_that_is_no_text_is_shown_in_base64(door: Any) -> None:
    await door.rows(
        "INSERT INTO delivery (id, source, delivery, digest, body, headers, received_at)"
        " VALUES ($1, 'shop', 'x', 'x', '\\xff00', '{}', now()) RETURNING id",
        new_id(),
    )
    shown = await get(door, f"/deliveries/{(await only(door))['id']}")
    assert (shown["encoding"], shown["body"]) == ("base64", "/wA=")
    assert shown["refused"]["status"] == 400


async def test_who_may_not_read_the_source_sees_nothing_of_it(door: Any, record: tuple[Record, str]) -> None:
    await post(door)
    id_ = (await only(door))["id"]
    asked = (("GET", ""), ("GET", "/deliveries"), ("GET", f"/deliveries/{id_}"), ("POST", "/try"))
    for method, path in (*asked, ("POST", f"/deliveries/{id_}/replay")):
        body = {"sample": "{}"} if path == "/try" else {}
        for headers, status in (({}, 401), ({"Authorization": "Bearer x"}, 401), (RUI, 403)):
            answer = await door.http.request(method, f"/v1/sources/shop{path}", headers=headers, json=body)
            assert answer.status_code == status, (method, path, answer.text)
    assert record[0].noted == []
    assert len(await door.signals()) == 1


async def test_what_is_not_there_is_a_404_and_a_wrong_place_a_422(door: Any) -> None:
    for path in ("/v1/sources/nobody", f"/v1/sources/shop/deliveries/{new_id()}"):
        assert (await door.http.get(path, headers=ADA)).status_code == 404
    early = "0001-01-01T00:00:00%2B14:00"
    wrong = ("after=x", f"after={early}/{new_id()}", "limit=0", "outcome=lost", "since=yesterday", f"since={early}")
    for query in wrong:
        answer = await door.http.get(f"/v1/sources/shop/deliveries?{query}", headers=ADA)
        assert answer.status_code == 422


async def test_while_crm_api_is_away_nobody_is_let_in(started: Any) -> None:
    door = await started("serve", crm_api_url=f"http://127.0.0.1:{free_port()}")
    answer = await door.http.get("/v1/sources/site", headers=ADA)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_source_tells_when_it_was_heard_and_what_it_refused_for_which_reason(door: Any) -> None:
    await asyncio.gather(*(post(door, id="o-1") for _ in range(3)), post(door, id="o-2"))
    await post(door, what="something else")
    for _ in range(4):
        assert (await door.http.post(f"/in/shop/{TOKEN}", content="{")).status_code == 400
    assert (await door.http.post(f"/in/shop/{TOKEN}", json={})).status_code == 422

    async def counted() -> dict[str, int] | None:
        found = (await get(door))["counts"]
        counts = {f"{one['outcome']} {one['reason']}".strip(): one["count"] for one in found}
        return counts if sum(counts.values()) == 10 else None

    assert await eventually(counted) == {
        "first": 2,
        "repeated": 2,
        "quarantined": 1,
        "refused 400 The body is not JSON": 4,
        "refused 422 The delivery has no id": 1,
    }
    assert (await get(door))["last_delivery_at"] is not None


async def test_deliveries_are_forgotten_when_their_time_is_over(door: Any) -> None:
    await post(door, id="old")
    await post(door, id="old", what="something else")
    for table in ("delivery", "quarantined"):
        await door.rows(f"UPDATE {table} SET received_at = now() - interval '8 days' RETURNING id")
    await post(door, id="new")
    assert await Forgetting(door.database, 7).forget(asyncio.Event()) == 2
    assert [row["delivery"] for row in (await get(door, "/deliveries"))["deliveries"]] == ["new"]


TEXTS, PHONE = "texts-token-0123456789abcdef", "+351912345678"


@pytest.fixture
async def texting(started: Any, record: tuple[Record, str]) -> Any:
    """Give a gateway that takes SMS, with crm-api to ask."""
    door = await started("serve", crm_api_url=record[1])
    await door.configure(texts(door, 900))
    return door


def texts(door: Any, revision: int, **settings: Any) -> ConfigChanged:
    secrets = {"secret": door.sealer.seal(door.auth_token, "source/texts/secret")}
    source = Source(id="texts", kind="twilio-sms", token=TEXTS, secrets=secrets, settings=settings)
    data = source.model_dump(mode="json")
    return ConfigChanged(kind="source", id="texts", revision=revision, data=data, changed_at=datetime.now(UTC))


async def write(door: Any, sid: str, text: str) -> None:
    path = f"/in/texts/{TEXTS}"
    sms = {"MessageSid": sid, "From": PHONE, "To": "+351300500200", "Body": text}
    signature = RequestValidator(door.auth_token).compute_signature(door.public_url + path, sms)
    answer = await door.http.post(path, data=sms, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200, answer.text


async def replay(door: Any, delivery: str) -> dict[str, Any]:
    listed = (await door.http.get("/v1/sources/texts/deliveries", headers=ADA)).json()["deliveries"]
    [id_] = [row["id"] for row in listed if row["delivery"] == delivery]
    answer = await door.http.post(f"/v1/sources/texts/deliveries/{id_}/replay", json={}, headers=ADA)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["tells"]
    return found


async def test_a_word_that_was_heard_is_not_said_again_and_one_that_is_read_anew_is(texting: Any) -> None:
    await write(texting, "SM1", "stop")
    await write(texting, "SM2", "start")
    await write(texting, "SM3", "Nein danke")
    assert (await replay(texting, "SM1"))["kind"] == "consent.refused"
    assert (await replay(texting, "SM1"))["kind"] == "consent.refused"
    assert (await replay(texting, "SM2:start"))["kind"] == "consent.given"
    assert (await replay(texting, "SM2"))["kind"] == "chat.message"
    await texting.configure(texts(texting, 950, stop=["Nein danke"]))
    for _ in range(2):
        assert (await replay(texting, "SM3"))["kind"] == "consent.refused"
    await write(texting, "SM4", "stop")
    said = [(PHONE, True), (PHONE, False), (PHONE, True), (PHONE, True)]
    assert await eventually(lambda: four(texting)) == said


async def four(door: Any) -> list[tuple[str, bool]]:
    found = await door.deployment.data(topics.ACTIONS["sms"], SetSuppression)
    return [(one.address, one.suppressed) for one in found] if len(found) >= 4 else []
