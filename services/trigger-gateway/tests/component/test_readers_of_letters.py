"""What readers do with our letters: openings, links that lead only where a letter led, one-click unsubscribe."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest
from chassis.testing import eventually
from contracts.letters import PURPOSE, Mark

EFFECT, ITEM, CONTACT = UUID(int=1), UUID(int=2), UUID(int=3)
TARGET = "https://shop.example/oak?a=1&b=é"
MARKS = {
    "o": Mark("view", EFFECT, ITEM, "offer"),
    "l": Mark("link", EFFECT, ITEM, "offer", TARGET, 2),
    "u": Mark("unsubscribe", EFFECT, ITEM, "offer", contact=CONTACT, address="Ana@Example.com"),
}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
AHEAD = [
    {"User-Agent": "WhatsApp/2.23"},
    {"User-Agent": "Barracuda Sentinel (EE)"},
    {"User-Agent": "python-requests/2.32"},
    {**BROWSER, "Sec-Purpose": "prefetch;prerender"},
    {**BROWSER, "X-Moz": "prefetch"},
]


def address(door: Any, path: str, **changed: Any) -> str:
    mark = msgspec.structs.replace(MARKS[path], **changed)
    return f"/m/{path}/{door.sealer.signer(PURPOSE).token(mark.write())}"


@pytest.mark.req("I13")
async def test_an_opened_letter_is_a_signal_for_its_item(door: Any) -> None:
    answer = await door.http.get(address(door, "o"), headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    assert "no-store" in answer.headers["cache-control"]
    (signal,) = await door.signals()
    assert (signal.kind, signal.binding) == ("email.viewed", ITEM)
    assert signal.payload == {"effect": str(EFFECT), "rule": "offer"}


@pytest.mark.req("I15")
async def test_a_followed_link_is_a_signal_that_names_it(door: Any) -> None:
    answer = await door.http.get(address(door, "l"), headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.example/oak?a=1&b=%C3%A9")
    (signal,) = await door.signals()
    assert (signal.kind, signal.binding) == ("link.clicked", ITEM)
    assert signal.payload == {"effect": str(EFFECT), "rule": "offer", "url": TARGET, "link": "2"}


@pytest.mark.parametrize("path", ["o", "l"])
async def test_what_looks_ahead_is_answered_and_not_noted(door: Any, path: str) -> None:
    for headers in AHEAD:
        assert (await door.http.get(address(door, path), headers=headers)).status_code in {200, 302}
    assert (await door.http.head(address(door, path), headers=BROWSER)).status_code in {200, 302}
    await door.http.get(address(door, "l", number=7), headers=BROWSER)
    (signal,) = await door.signals()
    assert signal.payload["link"] == "7"


async def test_an_opening_within_the_same_minute_is_one(door: Any) -> None:
    for _ in range(5):
        await door.http.get(address(door, "o"), headers=BROWSER)
    await door.http.get(address(door, "l"), headers=BROWSER)

    async def clicked() -> bool:
        return any(signal.kind == "link.clicked" for signal in await door.signals())

    await eventually(clicked)
    # Two only where the minute ended between them.
    assert len([signal for signal in await door.signals() if signal.kind == "email.viewed"]) in {1, 2}


def spoiled(token: str) -> str:
    at = len(token) // 2
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


@pytest.mark.parametrize("path", ["l", "u"])
async def test_a_link_that_no_letter_had_leads_nowhere(door: Any, path: str) -> None:
    signer = door.sealer.signer("visits")
    others = [
        spoiled(address(door, path)),
        f"/m/{path}/{signer.token(MARKS[path].write())}",
        address(door, "o").replace("/m/o/", f"/m/{path}/"),
        f"/m/{path}/x",
        f"/m/{path}/{'A' * 9000}",
        address(door, path, url="javascript:alert(1)", contact=None),
    ]
    for other in others:
        answer = await door.http.get(other, headers=BROWSER)
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert await door.kept_nothing()


async def test_a_picture_is_given_whatever_its_address_carries(door: Any) -> None:
    answer = await door.http.get("/m/o/nonsense", headers=BROWSER)
    assert answer.content.startswith(b"GIF89a")
    assert await door.kept_nothing()


async def test_one_click_unsubscribes_and_looking_does_not(door: Any) -> None:
    page = await door.http.get(address(door, "u"), headers=BROWSER)
    assert "Ana@Example.com" in page.text
    assert await door.kept_nothing()
    one_click = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        assert (await door.http.post(address(door, "u"), data=one_click)).status_code == 200
    # Two only where the second ended between them.
    signal, *others = await door.signals()
    assert {one.kind for one in others} <= {"consent.refused"}
    assert (signal.kind, signal.binding) == ("consent.refused", ITEM)
    assert [(one.kind, one.value) for one in signal.identities] == [("email", "ana@example.com")]
    assert (signal.payload["channel"], signal.payload["contact"]) == ("email", str(CONTACT))


@pytest.mark.parametrize(
    ("asked", "language", "button"),
    [
        ({}, "en", "Unsubscribe"),
        ({"Accept-Language": "pt-PT,pt;q=0.9,en;q=0.5"}, "pt", "Cancelar a subscrição"),
        ({"Accept-Language": "de-DE,it;q=0.8"}, "it", "Annulla l&#x27;iscrizione"),
        ({"Accept-Language": "ru"}, "ru", "Отписаться"),
    ],
)
async def test_the_page_speaks_the_reader_s_language_and_a_screen_reader_can_read_it(
    door: Any, asked: dict[str, str], language: str, button: str
) -> None:
    page = (await door.http.get(address(door, "u"), headers=BROWSER | asked)).text
    assert f'<html lang="{language}">' in page
    assert f'<button type="submit">{button}</button>' in page
    assert page.count("<h1>") == page.count("<main>") == page.count("<title>") == 1


async def test_who_left_by_mistake_comes_back_on_the_same_page_and_may_leave_again(door: Any) -> None:
    here = address(door, "u")
    for number, again in enumerate((False, True, False), start=1):
        path = f"{here}?lang=pt&again=1" if again else f"{here}?lang=pt"
        page = await door.http.post(path, headers=BROWSER)
        assert page.status_code == 200
        other = "?lang=pt" if again else "?lang=pt&amp;again=1"
        assert f'<form method="post" action="{other}">' in page.text
        await door.signals(number)
        # Each second is a moment of its own.
        await asyncio.sleep(1.01)
    told = await door.signals(3)
    assert [one.kind for one in told] == ["consent.refused", "consent.given", "consent.refused"]
    assert {one.payload["channel"] for one in told} == {"email"}


async def test_links_lead_on_while_the_database_is_away(door: Any) -> None:
    door.process.database._pool.terminate()
    answer = await door.http.get(address(door, "l"), headers=BROWSER)
    assert answer.status_code == 302
    assert (await door.http.get(address(door, "o"), headers=BROWSER)).content.startswith(b"GIF89a")
