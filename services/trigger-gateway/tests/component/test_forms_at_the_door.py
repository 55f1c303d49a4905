"""Forms over HTTP, with what they leave in the database and on `triggers.signals`."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from chassis.testing import eventually
from contracts import ids, topics
from contracts.signals import DeliveryRepeated, Identity

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FILLED = {"name": "Lúcia Reis", "phone": "912 345 678", "wish": "oak & ash", "submission": "s-1"}


async def test_a_form_as_a_browser_posts_it_becomes_one_signal_and_a_thank_you(door: Any) -> None:
    answer = await door.http.post(door.form, data=FILLED, headers=BROWSER)
    assert answer.status_code == 200
    assert "Thank you" in answer.text
    [signal] = await door.signals()
    assert signal.id == ids.signal_id("site", "s-1")
    assert (signal.kind, signal.source, signal.binding) == ("form.submitted", "site", None)
    assert signal.identities == (Identity(kind="phone", value="+351912345678"),)
    assert signal.payload == {
        "name": "Lúcia Reis",
        "phone": "+351912345678",
        "wish": "oak & ash",
        "form": "site",
    }


async def test_the_message_names_the_person_by_a_keyed_hash_and_goes_by_the_identity(door: Any) -> None:
    await door.http.post(door.form, data=FILLED)
    await door.signals()
    [seen] = await door.deployment.seen(topics.SIGNALS)
    assert seen.envelope is not None
    assert seen.key == "phone:+351912345678"
    assert seen.envelope.identities == (door.sealer.identity("phone", "+351912345678"),)
    assert seen.envelope.id == ids.signal_id("site", "s-1")


async def test_the_raw_body_is_kept_and_found_by_the_person(door: Any) -> None:
    await door.http.post(door.form, data=FILLED, headers={"Cookie": "secret=1"})
    phone = door.sealer.identity("phone", "+351912345678")
    [row] = await door.rows("SELECT * FROM delivery WHERE identities @> ARRAY[$1]", phone)
    assert row["body"] == urlencode(FILLED).encode()
    assert row["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert "cookie" not in row["headers"]


async def test_a_form_without_what_it_needs_is_told_every_field_and_nothing_is_kept(door: Any) -> None:
    answer = await door.http.post(door.form, data={"phone": "12"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    errors = answer.json()["errors"]
    assert [(e["field"], e["problem"]) for e in errors] == [("name", "is missing"), ("phone", "cannot be read")]
    assert "+351 912 345 678" in errors[1]["fix"]
    assert await door.kept_nothing()


async def test_a_person_sees_what_is_missing_as_a_page(door: Any) -> None:
    answer = await door.http.post(door.form, data={"name": "Ana"}, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "<li><b>phone</b> is missing" in answer.text
    assert await door.kept_nothing()


async def test_a_second_press_of_the_button_is_a_repeat_and_is_answered_like_the_first(door: Any) -> None:
    first = await door.http.post(door.form, data=FILLED)
    second = await door.http.post(door.form, data=FILLED)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (await door.rows("SELECT repeats FROM delivery"))[0]["repeats"] == 1
    [repeat] = await eventually(lambda: door.deployment.data(topics.SIGNALS, DeliveryRepeated))
    assert (repeat.first, repeat.delivery) == (ids.signal_id("site", "s-1"), "s-1")


async def test_equal_forms_without_a_submission_are_two_signals(door: Any) -> None:
    fields = {name: value for name, value in FILLED.items() if name != "submission"}
    await asyncio.gather(*(door.http.post(door.form, data=fields) for _ in range(2)))
    one, other = await door.signals(2)
    assert one.id != other.id


async def test_other_values_under_the_same_submission_are_set_aside(door: Any) -> None:
    await door.http.post(door.form, data=FILLED)
    answer = await door.http.post(door.form, data={**FILLED, "wish": "pine"})
    assert answer.status_code == 409
    [row] = await door.rows("SELECT * FROM quarantined")
    assert row["body"] == urlencode({**FILLED, "wish": "pine"}).encode()
    assert len(await door.rows("SELECT id FROM delivery")) == len(await door.signals()) == 1
    assert await door.deployment.data(topics.SIGNALS, DeliveryRepeated) == []


async def test_an_unknown_source_and_a_wrong_token_get_the_same_404(door: Any) -> None:
    wrong = [
        await door.http.post(address, data=FILLED)
        for address in (
            door.form.replace("site", "nobody"),
            door.form.replace("site", "stripe"),
            "/in/site/wrong",
            "/in/site/%C3%A9",
        )
    ]
    assert {answer.status_code for answer in wrong} == {404}
    assert len({answer.content for answer in wrong}) == 1
    assert await door.kept_nothing()


REFUSED = (
    (b"name=%FF&phone=912345678", "application/x-www-form-urlencoded", 400),
    (b"submission=" + b"s" * 201, "application/x-www-form-urlencoded", 400),
    (b'{"name": "Ana"}', "application/json", 415),
    (b"name=" + b"a" * 1_048_577, "application/x-www-form-urlencoded", 413),
    (b"name=" + b"a" * 300_000 + b"&phone=912345678", "application/x-www-form-urlencoded", 422),
)


async def test_what_cannot_be_a_form_is_refused_with_the_reason(door: Any) -> None:
    for body, content_type, status in REFUSED:
        answer = await door.http.post(door.form, content=body, headers={"Content-Type": content_type})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["title"]
    assert await door.kept_nothing()


async def test_the_door_is_for_posts_alone(door: Any) -> None:
    assert (await door.http.get(door.form)).status_code == 405
