"""Published once more: on what one has looked at, and though nothing is new, where something becomes of what waits."""

from typing import Any

import httpx
import pytest

PATH = "/v1/pipelines/deal/retail"
DRAFT = f"{PATH}/draft"
YAML = {"content-type": "application/yaml"}


async def ok(answer: httpx.Response) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def renamed(crm: Any, name: str) -> dict[str, Any]:
    """Give what is published, with another name."""
    read = await ok(await crm.ann.get(PATH))
    return {**{key: value for key, value in read.items() if key in {"owner", "stages"}}, "name": name}


async def numbers(crm: Any) -> list[int]:
    return [one["number"] for one in (await ok(await crm.ann.get(f"{PATH}/versions")))["versions"]]


@pytest.mark.parametrize("waiting", ["cancel", "migrate"])
async def test_what_is_published_already_gets_a_version_where_something_is_to_become_of_what_waits(
    crm: Any, waiting: str
) -> None:
    before = (await ok(await crm.ann.get("/v1/config/rule-set/deal/retail/1")))["data"]
    again = await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={"waiting": waiting}))
    assert (again["rule_set"], await numbers(crm)) == (2, [2, 1])
    after = (await ok(await crm.ann.get("/v1/config/rule-set/deal/retail/2")))["data"]
    assert after == {**before, "number": 2, "waiting": waiting}
    told = await ok(await crm.ann.get(f"{PATH}/versions/2"))
    assert (told["waiting"], told["words"]) == (waiting, [])
    draft = await ok(await crm.ann.post(f"{DRAFT}/publish", json={"waiting": waiting}))
    assert (draft["rule_set"], (await ok(await crm.ann.get(PATH)))["rule_set"]) == (3, 3)


async def test_an_earlier_version_is_published_over_what_one_has_looked_at_and_over_nothing_else(crm: Any) -> None:
    for name in ("Two", "Three"):
        await ok(await crm.ann.put(PATH, json=await renamed(crm, name)))
    for version in (1, 2, 4):
        refused = await crm.ann.post(f"{PATH}/versions/1/publish", json={"version": version})
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["field"], refused.json()["current"]) == (409, "version", 3)
        assert f"version 3 of deal/retail is published, not {version}" in error["problem"]
    assert await numbers(crm) == [3, 2, 1]
    assert (await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={"version": 3})))["rule_set"] == 4


async def test_a_draft_that_somebody_else_has_saved_is_neither_thrown_away_nor_replaced_unseen(crm: Any) -> None:
    seen = await ok(await crm.ann.put(DRAFT, json=await renamed(crm, "Seen")))
    now = await ok(await crm.ann.put(DRAFT, json=await renamed(crm, "Now")))
    text, stale = (await crm.ann.get(f"{DRAFT}.yaml")).text, {"version": seen["version"]}
    for answer in (
        await crm.ann.delete(DRAFT, params=stale),
        await crm.ann.put(f"{DRAFT}.yaml", params=stale, content=text, headers=YAML),
    ):
        assert (answer.status_code, answer.json()["current"]) == (409, now["version"])
        assert answer.json()["errors"][0]["field"] == "version"
    assert await ok(await crm.ann.get(DRAFT)) == now
    fresh = {"version": now["version"]}
    later = await ok(await crm.ann.put(f"{DRAFT}.yaml", params=fresh, content=text, headers=YAML))
    assert (await crm.ann.delete(DRAFT, params={"version": later["version"]})).status_code == 204
    assert (await crm.ann.delete(DRAFT)).status_code == 404
