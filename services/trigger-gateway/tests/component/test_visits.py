"""Visits over HTTP: kept of known visitors alone, told once a visit, forgotten, and never of who does not want it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.config import ConfigChanged, Erasure, Source
from contracts.signals import Identity
from contracts.visits import VisitSettings
from trigger_gateway.visits.knowing import hashed, is_id
from trigger_gateway.visits.serving import SCRIPT, meant, read

TOKEN, FORM_TOKEN = "visits-token-0123456789abcdef", "offer-token-0123456789abcdef"
SITE = "https://shop.example"
VISITOR = "5d1f2c5e-7b0a-4b6e-9d0e-2f6f1f4a9c11"
PAGE = f"{SITE}/oak-tables?utm_source=letter#prices"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PHONE = Identity(kind="phone", value="+351912345678")


def record(revision: int, source: Source) -> ConfigChanged:
    data = source.model_dump(mode="json")
    return ConfigChanged(kind="source", id=source.id, revision=revision, data=data, changed_at=AT)


@pytest.fixture
async def visits(door: Any) -> Any:
    fields = [{"key": "phone", "label": "Phone", "kind": "phone", "required": True}]
    await door.configure(
        record(20, Source(id="offer", kind="form", token=FORM_TOKEN, settings={"fields": fields})),
        record(21, Source(id="site-visits", kind="visits", token=TOKEN, settings={"sites": [SITE], "away": 60})),
    )
    return door


async def come(door: Any, visitor: str = VISITOR, **headers: str) -> Any:
    told = {"visitor": visitor, "page": PAGE}
    return await door.http.post(f"/v/site-visits/{TOKEN}", json=told, headers={"Origin": SITE, **headers})


async def submit(door: Any, visitor: str = VISITOR, submission: str = "s-1") -> None:
    sent = {"phone": "912 345 678", "visitor": visitor, "submission": submission}
    assert (await door.http.post(f"/f/offer/{FORM_TOKEN}", data=sent)).status_code == 200


async def away(door: Any, minutes: int) -> None:
    await door.rows("UPDATE visitor SET seen_at = seen_at - make_interval(mins => $1) RETURNING id", minutes)


async def test_nothing_is_kept_of_who_is_not_known(visits: Any) -> None:
    assert (await come(visits)).status_code == 204
    assert await visits.rows("SELECT id FROM visitor") == []
    assert await visits.kept_nothing()


async def test_who_sent_a_form_is_told_once_a_visit_and_as_returned_after_a_while(visits: Any) -> None:
    await submit(visits)
    for minutes in (10, 0, 45, 1, 90):
        await away(visits, minutes)
        assert (await come(visits)).status_code == 204
    [form, visit, again, returned] = await visits.signals(4)
    assert form.kind == "form.submitted"
    assert sorted([again.kind, returned.kind]) == ["visit", "visitor.returned"]
    assert (visit.kind, visit.source, visit.identities) == ("visit", "site-visits", (PHONE,))
    assert visit.payload == {"page": f"{SITE}/oak-tables", "away_minutes": 45}


async def test_the_browser_s_id_itself_is_not_kept(visits: Any) -> None:
    await submit(visits)
    [row] = await visits.rows("SELECT * FROM visitor")
    assert row["id"] == hashed(VISITOR)
    assert VISITOR not in str(row)


REFUSING: tuple[dict[str, str], ...] = ({"Sec-GPC": "1"}, {"DNT": "1"}, {"Origin": "https://evil.example"})


async def test_who_asks_not_to_be_followed_is_not_and_other_sites_tell_nothing(visits: Any) -> None:
    await submit(visits)
    await away(visits, 90)
    for headers in REFUSING:
        assert (await come(visits, **headers)).status_code == 204
    assert len(await visits.signals()) == 1


async def test_visitors_who_do_not_come_are_forgotten(visits: Any) -> None:
    await submit(visits)
    await away(visits, 500 * 24 * 60)
    await submit(visits, "another-visitor-of-the-site", "s-2")
    await away(visits, 40)
    await come(visits, "another-visitor-of-the-site")
    assert [row["id"] for row in await visits.rows("SELECT id FROM visitor")] == [hashed("another-visitor-of-the-site")]


async def test_an_erased_person_is_no_visitor_any_more(visits: Any) -> None:
    await submit(visits)
    hashes = (visits.sealer.identity("phone", PHONE.value),)
    erased = Erasure(contact=UUID(int=7), identities=hashes, at=datetime.now(UTC) + timedelta(minutes=1))
    data = erased.model_dump(mode="json")
    await visits.configure(ConfigChanged(kind="erasure", id=str(UUID(int=7)), revision=22, data=data, changed_at=AT))
    assert await visits.rows("SELECT id FROM visitor") == []


async def test_the_script_is_small_and_asks_before_it_keeps_or_sends(visits: Any) -> None:
    answer = await visits.http.get("/v.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert len(answer.content) < 3_000
    assert "globalPrivacyControl" in SCRIPT


async def test_who_comes_too_often_is_told_when_to_come_again(started: Any) -> None:
    site = Source(id="site-visits", kind="visits", token=TOKEN, settings={"sites": [SITE]})
    visits = await started("serve", knocks_per_minute=1)
    await visits.configure(record(20, site))
    answers = [await come(visits) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 429]
    assert answers[-1].headers["retry-after"] == "60"


async def test_what_is_no_visit_is_refused_and_nothing_tells_which_sources_exist(visits: Any) -> None:
    for body in (b"", b"[]", b"\xff", b'{"page": "http://["}'):
        assert (await visits.http.post(f"/v/site-visits/{TOKEN}", content=body)).status_code == 400
    assert (await visits.http.post(f"/v/site-visits/{TOKEN}", content=b"x" * 5_000)).status_code == 413
    for address in ("/v/none/x", f"/v/site-visits/{FORM_TOKEN}", f"/v/offer/{FORM_TOKEN}"):
        assert (await visits.http.post(address, json={"visitor": VISITOR, "page": PAGE})).status_code == 404


@pytest.mark.parametrize(("minutes", "kinds"), [(29, ()), (30, ("visit",)), (60, ("visit", "visitor.returned"))])
def test_what_it_means_to_be_here_again(minutes: int, kinds: tuple[str, ...]) -> None:
    assert meant(AT, AT + timedelta(minutes=minutes), VisitSettings(session=30, away=60)) == kinds


def test_what_is_read_of_a_visit() -> None:
    assert read(b'{"visitor": "x", "page": "javascript:alert(1)"}') == ("x", "")
    assert [is_id(one) for one in (VISITOR, "short", "x" * 101, "with spaces and more of it")] == [True, *[False] * 3]
