"""Third-party apps at the gateway: their signed events, and their answers that come later."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from chassis.answer_tokens import AnswerToken
from chassis.ids import new_id
from chassis.standard_webhooks import new_secret, signed
from chassis.testing import eventually
from contracts import topics
from contracts.actions import AppAnswered
from contracts.config import ConfigChanged
from simulators.app import manifest, tell

ADDRESS = "/in/app-acme/app-token-0123456789abcdef"
SECRET, OLD_SECRET = new_secret(), new_secret()
ITEM, EFFECT = uuid4(), uuid4()
SCORED = {"event": "scored", "payload": {"client": "Ana", "score": 87}}


@pytest.fixture
async def acme(door: Any) -> Any:
    """Give a gateway to which an app is known."""
    await door.deployment.topics(topics.ACTIONS["app"])
    secrets = {
        name: door.sealer.seal(value, f"source/app-acme/{name}")
        for name, value in (("secret", SECRET), ("old_secret", OLD_SECRET))
    }
    source = {"id": "app-acme", "kind": "app", "token": ADDRESS.rpartition("/")[2], "settings": {"app": "acme"}}
    told = (("app", "acme", manifest("https://acme.example/")), ("source", "app-acme", {**source, "secrets": secrets}))
    at = datetime.now(UTC)
    records = [
        ConfigChanged(kind=kind, id=id_, revision=100 + n, data=data, changed_at=at)
        for n, (kind, id_, data) in enumerate(told)
    ]
    await door.configure(*records)
    return door


async def told(acme: Any, secret: str = SECRET, **event: Any) -> httpx.Response:
    """Tell of an event as the app does; None leaves a key out."""
    body = {key: value for key, value in {"id": str(new_id()), **SCORED, **event}.items() if value is not None}
    return await tell(acme.http, ADDRESS, secret, body)


async def test_an_event_is_a_signal_that_names_the_app_and_what_happened(acme: Any) -> None:
    at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    answer = await told(
        acme, OLD_SECRET, item=str(ITEM), phone="912 345 678", email="Ana@Example.com", happened_at=at.isoformat()
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "received")
    [signal] = await acme.signals()
    assert (signal.kind, signal.source, signal.binding, signal.happened_at) == ("app.called", "app-acme", ITEM, at)
    assert signal.payload == {"client": "Ana", "score": 87, "app": "acme", "event": "scored"}
    assert [one.value for one in signal.identities] == ["+351912345678", "ana@example.com"]


async def test_an_event_that_comes_again_is_one_signal_and_its_id_is_for_no_other(acme: Any) -> None:
    first = await told(acme, id="e-1")
    again = await told(acme, id="e-1")
    assert (first.status_code, again.json()) == (200, first.json())
    other = await told(acme, id="e-1", payload={"client": "Eva"})
    assert other.status_code == 409
    assert len(await acme.signals()) == 1


MISFITS: list[tuple[dict[str, Any], str, str]] = [
    ({"event": "lost"}, "event", "the manifest has no event 'lost'"),
    ({"event": None}, "event", "is missing"),
    ({"payload": {}}, "payload.client", "is missing"),
    ({"payload": {"client": "Ana", "score": "many"}}, "payload.score", "'many' is not of kind integer"),
    ({"payload": {"client": "Ana", "colour": 1}}, "payload.colour", "the manifest has no such value"),
    ({"payload": [1]}, "payload", "this is no object"),
    ({"happened_at": "yesterday"}, "happened_at", "this is no moment"),
    ({"happened_at": 5}, "happened_at", "this is no moment"),
    ({"happened_at": "0001-01-01T00:00:00+14:00"}, "happened_at", "this is no moment"),
    ({"item": "7"}, "item", "is not an id"),
    ({"phone": "call me"}, "phone", "cannot be read"),
    ({"colour": "red"}, "colour", "nobody knows this key"),
]


async def test_what_does_not_fit_the_manifest_is_refused_by_its_place(acme: Any) -> None:
    for event, field, words in MISFITS:
        answer = await told(acme, **event)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert words in answer.json()["errors"][0]["problem"]
    assert await acme.kept_nothing()


async def test_a_body_that_is_no_object_is_refused(acme: Any) -> None:
    for body, status in ((b"[1]", 422), (b"{", 400), (b"\xff", 400)):
        headers = signed([SECRET], "e-9", datetime.now(UTC), body)
        assert (await acme.http.post(ADDRESS, content=body, headers=headers)).status_code == status


async def test_a_signature_that_does_not_hold_is_the_same_401_whatever_is_wrong(acme: Any) -> None:
    wrong = [await told(acme, new_secret()), await acme.http.post(ADDRESS, json={"id": "e", **SCORED})]
    assert {answer.status_code for answer in wrong} == {401}
    assert len({answer.content for answer in wrong}) == 1
    assert await acme.kept_nothing()


async def test_the_door_of_an_app_that_is_removed_is_shut(acme: Any) -> None:
    gone = ConfigChanged(kind="app", id="acme", revision=110, deleted=True, changed_at=datetime.now(UTC))
    await acme.configure(gone)
    assert (await told(acme)).status_code == 404


def address(acme: Any, *, attempt: int = 1, action: str = "inspect", effect: UUID = EFFECT, late: bool = False) -> str:
    until = datetime.now(UTC) + timedelta(hours=-1 if late else 1)
    return f"/callbacks/app/{AnswerToken('acme', action, effect, ITEM, attempt, until).seal(acme.sealer)}"


DONE = {"outcome": "done", "results": {"verdict": "sound"}}


async def answers(acme: Any) -> list[AppAnswered]:
    found: list[AppAnswered] = await eventually(lambda: acme.deployment.data(topics.ACTIONS["app"], AppAnswered))
    return found


async def test_an_answer_goes_to_the_ledger_by_the_items_key_a_late_one_too(acme: Any) -> None:
    answer = await acme.http.post(address(acme, attempt=2, late=True), json=DONE)
    assert (answer.status_code, answer.json()) == (200, {"status": "received"})
    [handed] = await answers(acme)
    assert (handed.effect, handed.attempt, handed.outcome, handed.results) == (EFFECT, 2, "done", {"verdict": "sound"})
    [seen] = await acme.deployment.seen(topics.ACTIONS["app"])
    assert seen.key == str(ITEM)


async def test_the_same_answer_again_is_answered_alike_and_another_one_is_refused(acme: Any) -> None:
    where = address(acme)
    first = await acme.http.post(where, json=DONE)
    again = await acme.http.post(where, json={"results": {"verdict": "sound"}, "outcome": "done"})
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    other = await acme.http.post(where, json={"outcome": "failed", "reason": "nobody at home"})
    assert (other.status_code, other.json()["title"]) == (409, "The call was answered before")
    assert [one.outcome for one in await answers(acme)] == ["done"]


WRONG: list[tuple[Any, str]] = [
    ({}, "outcome"),
    ({"outcome": "maybe"}, "outcome"),
    ({"outcome": "done"}, "results.verdict"),
    ({"outcome": "done", "results": {"verdict": 5}}, "results.verdict"),
    ({"outcome": "done", "results": {"verdict": "sound", "x": 1}}, "results.x"),
    ({"outcome": "done", "colour": 1}, "colour"),
    ([], "body"),
]


async def test_an_answer_that_does_not_fit_names_the_place_and_the_right_one_still_counts(acme: Any) -> None:
    where = address(acme)
    for body, field in WRONG:
        answer = await acme.http.post(where, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await acme.http.post(where, json=DONE)).status_code == 200


async def test_an_address_that_was_never_given_out_is_the_same_404(acme: Any) -> None:
    good = address(acme)
    forged = [
        good[:-6] + "AAAAAA",
        "/callbacks/app/v1.AAAA",
        "/callbacks/app/guessed",
        f"/callbacks/app/{'a' * 3000}",
        "/callbacks/app/%F0%9F%98%80",
        address(acme, action="gone"),
    ]
    told = [await acme.http.post(where, json=DONE) for where in forged]
    assert {answer.status_code for answer in told} == {404}
    assert len({answer.content for answer in told}) == 1
    assert await acme.deployment.seen(topics.ACTIONS["app"]) == []
