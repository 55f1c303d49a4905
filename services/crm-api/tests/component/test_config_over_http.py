"""The config over HTTP: numbered, announced, its secrets sealed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.secrets import Sealer
from chassis.testing import eventually
from contracts import topics
from contracts.config import ConfigChanged

PATH = "/v1/config/connection/sms"


async def announced(crm: Any, revision: int) -> list[ConfigChanged]:
    """Give all config changes that were announced, once this revision is among them."""

    async def look() -> list[ConfigChanged] | None:
        found: list[ConfigChanged] = await crm.deployment.data(topics.CONFIG, ConfigChanged)
        return found if any(change.revision == revision for change in found) else None

    return await eventually(look)


async def test_each_change_has_the_next_number_and_is_announced_and_journalled(crm: Any) -> None:
    record = (await crm.ann.put("/v1/config/person/rui", json={"name": "Rui", "role": "warehouse"})).json()
    assert record["data"]["name"] == "Rui"
    assert record["changed_by"] == "user:ann"
    changes = await announced(crm, record["revision"])
    assert [change.revision for change in changes] == list(range(1, record["revision"] + 1))
    assert (changes[-1].kind, changes[-1].id, changes[-1].record().role) == ("person", "rui", "warehouse")
    entries = await crm.fetch("SELECT body FROM journal WHERE kind = $1 AND key = $2", ConfigChanged.TYPE, "person/rui")
    assert entries[0]["body"]["data"]["revision"] == record["revision"]


async def test_an_equal_record_keeps_its_number(crm: Any) -> None:
    body = {"zone": "Europe/Lisbon", "weekly": {"0": [["09:00", "18:00"]]}, "holidays": ["2026-12-25"]}
    first = await crm.ann.put("/v1/config/calendar/portal", json=body)
    again = await crm.ann.put("/v1/config/calendar/portal", json=body)
    assert again.json() == first.json()


async def test_changes_at_the_same_time_are_numbered_without_a_gap(crm: Any) -> None:
    puts = (crm.ann.put(f"/v1/config/person/p{n}", json={"name": str(n)}) for n in range(20))
    revisions = sorted(answer.json()["revision"] for answer in await asyncio.gather(*puts))
    assert revisions == list(range(revisions[0], revisions[0] + 20))
    changes = await announced(crm, revisions[-1])
    assert [change.revision for change in changes] == list(range(1, revisions[-1] + 1))


async def test_a_deletion_is_a_record_that_says_so(crm: Any) -> None:
    assert (await crm.ann.delete("/v1/config/person/ann")).status_code == 204
    assert (await crm.ann.get("/v1/config/person/ann")).status_code == 404
    assert (await crm.ann.delete("/v1/config/person/ann")).status_code == 404
    [row] = await crm.fetch("SELECT revision FROM config WHERE kind = 'person' AND id = 'ann'")
    last = (await announced(crm, row["revision"]))[-1]
    assert (last.id, last.deleted, last.data) == ("ann", True, {})


@pytest.mark.req("M5")
async def test_a_secret_goes_in_clear_is_kept_sealed_and_never_comes_out(crm: Any) -> None:
    body = {"provider": "twilio", "settings": {"from": "+351300500200"}, "secrets": {"auth_token": "s3cret-token"}}
    put = await crm.ann.put(PATH, json=body)
    assert put.json()["data"]["secrets"] == {"auth_token": {"set": True}}
    shown = [await crm.ann.get(path) for path in (PATH, "/v1/config/connection", "/v1/pipelines/deal/retail.yaml")]
    for answer in (put, *shown):
        assert answer.status_code == 200
        assert "s3cret" not in answer.text
        assert "v1." not in answer.text
    change = (await announced(crm, put.json()["revision"]))[-1]
    sealed = change.record().secrets["auth_token"]
    assert "s3cret" not in sealed
    kept = "SELECT data::text FROM config UNION ALL SELECT body::text FROM journal"
    assert not [row for row in await crm.fetch(kept) if "s3cret" in row["data"]]
    sealer = Sealer(crm.process.settings.secret_key)
    assert sealer.open(sealed, "connection/sms/auth_token") == "s3cret-token"


async def test_a_secret_that_is_set_can_be_kept_and_putting_it_again_changes_nothing(crm: Any) -> None:
    body = {"provider": "twilio", "secrets": {"auth_token": "s3cret-token"}}
    first = (await crm.ann.put(PATH, json=body)).json()
    assert (await crm.ann.put(PATH, json=body)).json() == first
    assert (await crm.ann.put(PATH, json=first["data"])).json() == first
    changed = (await crm.ann.put(PATH, json={**first["data"], "settings": {"from": "x"}})).json()
    assert changed["data"]["secrets"] == {"auth_token": {"set": True}}
    answer = await crm.ann.put(PATH, json={"provider": "twilio", "secrets": {"other": {"set": True}}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "secrets.other")


REFUSED: list[tuple[str, Any, str]] = [
    ("yacht/a", {}, "kind"),
    ("pipeline/deal/retail", {}, "kind"),
    ("person/bob", {}, "name"),
    ("person/bob", {"name": "a\0b"}, "body"),
    ("type/A type", {}, "key"),
    ("person/bob", {"name": "Bob", "colour": "red"}, "colour"),
    ("person/bob", {"name": "Bob", "id": "rob"}, "id"),
    ("portal/main", {"zone": "UTC"}, "id"),
    ("portal/portal", {"zone": "Lisbon"}, "zone"),
    ("calendar/a", {"zone": "UTC", "weekly": {"0": [["18:00", "09:00"]]}}, "weekly"),
    ("calendar/a", {"zone": "UTC", "weekly": {}, "holidays": ["xmas"]}, "holidays.0"),
    ("type/t", {"fields": [{"key": "a", "kind": "colour"}]}, "fields.0.kind"),
    ("type/t", {"fields": [{"key": "a", "kind": "choice"}]}, "fields.0.choices"),
    ("type/t", {"fields": [{"key": "a", "kind": "link"}]}, "fields.0.to"),
    ("type/t", {"fields": [{"key": "a", "kind": "date"}, {"key": "a", "kind": "date"}]}, "fields.1.key"),
    ("type/t", {"fields": [{"key": "title", "kind": "string"}]}, "fields.0.key"),
    ("source/web", {"kind": "form", "token": "t", "nobody": {"do": "create"}}, "nobody.create"),
    ("connection/sms", {"provider": "twilio", "secrets": {"auth_token": 5}}, "secrets.auth_token"),
    ("connection/sms", {"provider": "twilio", "secrets": "x"}, "secrets"),
    ("pause/x", {"scope": "galaxy"}, "scope"),
]


async def test_a_record_that_cannot_be_is_refused_with_its_place_and_the_way_to_mend_it(crm: Any) -> None:
    [before] = await crm.fetch("SELECT value FROM last_revision")
    for path, body, field in REFUSED:
        answer = await crm.ann.put(f"/v1/config/{path}", json=body)
        assert answer.status_code == 422, (path, body, answer.text)
        [error] = answer.json()["errors"]
        assert error["field"] == field, (path, body)
        assert error["fix"]
    assert await crm.fetch("SELECT value FROM last_revision") == [before]


async def test_a_source_creates_only_where_there_is_a_place(crm: Any) -> None:
    create = {"type": "deal", "pipeline": "deal/retail", "stage": "new"}
    for wrong, field in (
        ({"pipeline": "deal/x"}, "pipeline"),
        ({"stage": "x"}, "stage"),
        ({"type": "invoice"}, "pipeline"),
    ):
        body = {"kind": "form", "token": "t", "nobody": {"do": "create", "create": create | wrong}}
        answer = await crm.ann.put("/v1/config/source/web", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"nobody.create.{field}")
    body = {"kind": "form", "token": "t", "nobody": {"do": "create", "create": create}}
    assert (await crm.ann.put("/v1/config/source/web", json=body)).status_code == 200


async def test_a_type_with_pipelines_stays(crm: Any) -> None:
    assert (await crm.ann.delete("/v1/config/type/deal")).status_code == 422


async def test_the_clock_moves_only_in_a_rehearsal(crm: Any) -> None:
    assert (await crm.ann.put("/v1/config/clock/clock", json={"offset": "P3D"})).status_code == 409


async def test_a_rehearsal_clock_moves_what_the_database_says_is_now(
    started: Callable[..., Awaitable[Any]], deployment: Any
) -> None:
    deployment.rehearsal = True
    deployment.templates = {}  # the shared databases have the real clock
    crm = await started()
    item = await crm.deal()
    assert (await crm.ann.put("/v1/config/clock/clock", json={"offset": "P3D"})).status_code == 200
    moved = await crm.made(f"/v1/items/{item['id']}/move", stage="documents")
    assert moved["entered_at"][:10] > item["entered_at"][:10]
    back = await crm.ann.put("/v1/config/clock/clock", json={"offset": "P2D"})
    assert back.status_code == 422
    assert "offset" in back.text
    assert "never goes back" in back.text
    assert (await crm.ann.delete("/v1/config/clock/clock")).status_code == 409
    assert (await crm.ann.put("/v1/config/clock/clock", json={"offset": "-P1D"})).status_code == 422


async def test_only_people_change_the_config(crm: Any) -> None:
    assert (await crm.worker.put("/v1/config/person/bob", json={"name": "Bob"})).status_code == 403
    assert (await crm.worker.get("/v1/config/person/ann")).status_code == 403
