"""API keys: shown once, kept as a hash, limited, expiring, revoked."""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.testing import eventually
from crm_api.access.signing_in import KeyHolders
from crm_api.store import api_keys as store
from crm_api.testing.company import Company

DEAL = {"type": "deal", "pipeline": "deal/retail"}


async def status(client: Any, path: str = "/v1/items?pipeline=deal/retail") -> int:
    """Read something and give how it was answered."""
    return int((await client.get(path)).status_code)


async def test_a_key_is_shown_once_and_kept_as_its_hash_only(company: Company) -> None:
    made = await company.key("sam", name="the website")
    assert made["key"].startswith(f"sbx_{made['id']}_")
    [row] = await company.crm.fetch("SELECT * FROM api_key WHERE id = $1", made["id"])
    assert row["digest"] == hashlib.sha256(made["key"].encode()).digest()
    assert made["key"].rpartition("_")[2] not in str(dict(row))
    [shown] = (await company.crm.ann.get("/v1/api-keys", params={"person": "sam"})).json()["keys"]
    assert "key" not in shown
    assert (shown["id"], shown["name"], shown["created_by"]) == (made["id"], "the website", "user:ann")
    [act] = await company.acts(subject=f"api-key/{made['id']}")
    assert (act["operation"], act["detail"]) == ("api-keys.make", {"person": "sam"})


async def test_a_wrong_secret_behind_a_true_id_is_nobody(company: Company) -> None:
    made = await company.key("sam")
    for token in (made["key"][:-1] + "0", made["key"] + "0", f"sbx_{made['id']}_", f"sbx_{made['id']}", "sbx__"):
        if token != made["key"]:
            assert await status(company.showing(token)) == 401, token


async def test_a_revoked_key_opens_nothing_within_five_seconds(company: Company) -> None:
    made = await company.key("sam")
    sam = company.showing(made["key"])
    assert await status(sam) == 200
    assert (await company.crm.ann.delete(f"/v1/api-keys/{made['id']}")).status_code == 204
    revoked = time.monotonic()

    async def refused() -> bool:
        asked = time.monotonic()
        nobody = await status(sam) == 401
        assert nobody or asked - revoked < 5, "asked later than that, it must be refused, however slow the machine is"
        return nobody

    await eventually(refused)
    [shown] = (await company.crm.ann.get("/v1/api-keys", params={"person": "sam"})).json()["keys"]
    assert shown["revoked_at"] is not None


async def test_a_key_opens_nothing_once_it_has_expired(company: Company) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    sam, mia = [await company.sign_in(one, expires_at=later.isoformat()) for one in ("sam", "mia")]
    await company.crm.fetch("UPDATE api_key SET expires_at = signalbox_now() WHERE person = 'sam'")
    assert (await status(sam), await status(mia)) == (401, 200)
    past = {"person": "sam", "name": "old", "expires_at": "2020-01-01T00:00:00Z"}
    answer = await company.crm.ann.post("/v1/api-keys", json=past)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "expires_at")


async def test_a_key_may_do_only_what_both_its_scope_and_its_person_may(company: Company) -> None:
    mine = await company.deal("sam")
    reads = await company.sign_in("sam", scope={"actions": ["read"]})
    contacts = await company.sign_in("sam", scope={"actions": ["read", "add", "delete"], "types": ["contact"]})
    adds = await company.sign_in("mia", scope={"actions": ["add"], "types": ["deal"], "automation": "read"})
    admin = await company.sign_in("ada", scope={"actions": ["read"]})
    assert await status(reads, f"/v1/items/{mine}") == 200
    assert (await reads.delete(f"/v1/items/{mine}")).status_code == 403
    assert await status(contacts, f"/v1/items/{mine}") == 404
    assert (await contacts.post("/v1/items", json={"type": "contact"})).status_code == 403
    assert (await adds.post("/v1/items", json=DEAL)).status_code == 201
    assert (await adds.post("/v1/items", json={"type": "contact"})).status_code == 403
    assert await status(adds, f"/v1/items/{mine}") == 404
    assert await status(adds, "/v1/pipelines/deal/retail") == 200
    assert (await adds.put("/v1/pipelines/deal/retail", json={"stages": [{"key": "new"}]})).status_code == 403
    assert await status(admin, f"/v1/items/{mine}") == 200
    assert await status(admin, "/v1/audit") == 403
    assert await status(await company.sign_in("ada", scope={"admin": True}), "/v1/audit") == 200


REFUSED_TO_A_KEY: list[tuple[str, dict[str, Any], str]] = [
    ("items", DEAL, "add deal/retail; ask an admin for a role that allows it, or use a key with a wider scope"),
    (
        "imports",
        {"file": "0" * 64, "type": "deal", "pipeline": "deal/retail", "mapping": {"Name": "title"}},
        "import with a limited key; sign in as yourself",
    ),
    (
        "simulations",
        {"pipeline": "deal/retail", "from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"},
        "simulate with a limited key; sign in as yourself",
    ),
    ("calendar", {}, "make or end the link of a calendar with a limited key; sign in as yourself"),
    ("feed", {"text": "Sold", "everyone": True}, "write with a key that may only read; use a key that may also change"),
    (
        "reminders",
        {"text": "Pay", "at": "2030-03-05T10:00:00Z"},
        "plan or cancel reminders with a key that may only read; use a key that may also change",
    ),
]


async def test_a_limited_key_is_told_that_it_is_the_key_which_lacks_something(company: Company) -> None:
    reads = await company.sign_in("sam", scope={"actions": ["read"]})
    for path, body, words in REFUSED_TO_A_KEY:
        refused = await reads.post(f"/v1/{path}", json=body)
        assert (refused.status_code, refused.json()["detail"]) == (403, f"you may not {words}"), path


async def test_people_make_and_see_keys_of_their_own_and_no_limited_key_makes_another(company: Company) -> None:
    sam, limited = await company.sign_in("sam"), await company.sign_in("sam", scope={})
    own = await sam.post("/v1/api-keys", json={"name": "mine"})
    assert (own.status_code, own.json()["person"]) == (201, "sam")
    assert (await sam.post("/v1/api-keys", json={"name": "hers", "person": "ada"})).status_code == 403
    assert (await limited.post("/v1/api-keys", json={"name": "more"})).status_code == 403
    assert (await limited.delete(f"/v1/api-keys/{own.json()['id']}")).status_code == 403
    others = await company.key("ada")
    seen = (await sam.get("/v1/api-keys", params={"person": "ada"})).json()["keys"]
    assert {key["person"] for key in seen} == {"sam"}
    assert (await sam.delete(f"/v1/api-keys/{others['id']}")).status_code == 404
    assert (await sam.delete(f"/v1/api-keys/{own.json()['id']}")).status_code == 204
    nobody = await company.crm.ann.post("/v1/api-keys", json={"name": "whose?", "person": "nobody"})
    assert nobody.json()["errors"][0]["field"] == "person"


async def test_a_known_key_is_not_looked_up_again_and_its_use_is_noted_beside_the_requests(company: Company) -> None:
    made = await company.key("sam")
    holders = KeyHolders(company.crm.process.database)
    first = await holders.authenticate(made["key"])
    await company.crm.fetch("DELETE FROM api_key WHERE id = $1 RETURNING id", made["id"])
    assert (first, await holders.authenticate(made["key"])) == (first, first)
    again = await company.key("sam")
    await holders.authenticate(again["key"])
    assert await last_used(company, again["id"]) is None
    await holders.note()
    noted = await last_used(company, again["id"])
    assert noted is not None
    async with company.crm.process.database.transaction() as tx:
        await store.used(tx, [again["id"]])
    assert await last_used(company, again["id"]) == noted


async def last_used(company: Company, id_: str) -> Any:
    """Give when a key was last used, as the database has it."""
    async with company.crm.process.database.transaction() as tx:
        key = await store.load(tx, id_)
    assert key is not None
    return key.last_used_at
