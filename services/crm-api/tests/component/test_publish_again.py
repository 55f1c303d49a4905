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


async def written(crm: Any) -> dict[str, Any]:
    """Give what is published as one writes it."""
    read = await ok(await crm.ann.get(PATH))
    return {key: value for key, value in read.items() if key in {"name", "owner", "stages"}}


async def renamed(crm: Any, name: str) -> dict[str, Any]:
    """Give what is published, with another name."""
    return {**await written(crm), "name": name}


async def numbers(crm: Any) -> list[int]:
    return [one["number"] for one in (await ok(await crm.ann.get(f"{PATH}/versions")))["versions"]]


@pytest.mark.parametrize("waiting", ["cancel", "migrate"])
async def test_what_is_published_already_gets_a_version_where_something_is_to_become_of_what_waits(
    crm: Any, waiting: str
) -> None:
    before = (await ok(await crm.ann.get("/v1/config/rule-set/deal/retail/1")))["data"]
    again = await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={"waiting": waiting, "version": 1}))
    assert (again["rule_set"], await numbers(crm)) == (2, [2, 1])
    after = (await ok(await crm.ann.get("/v1/config/rule-set/deal/retail/2")))["data"]
    assert after == {**before, "number": 2, "waiting": waiting}
    told = await ok(await crm.ann.get(f"{PATH}/versions/2"))
    assert (told["waiting"], told["words"]) == (waiting, [])
    saved = await ok(await crm.ann.put(DRAFT, json=await written(crm)))
    asked = {"waiting": waiting, "version": saved["version"]}
    draft = await ok(await crm.ann.post(f"{DRAFT}/publish", json=asked))
    assert (draft["rule_set"], (await ok(await crm.ann.get(PATH)))["rule_set"]) == (3, 3)


@pytest.mark.parametrize("sent", [{}, {"version": 0}])
async def test_a_publish_that_is_sent_twice_cancels_once(crm: Any, sent: dict[str, int]) -> None:
    await ok(await crm.ann.put(DRAFT, json=await renamed(crm, "Two")))
    await ok(await crm.ann.post(f"{DRAFT}/publish", json={"waiting": "cancel"}))
    await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={"waiting": "cancel"}))
    for path, more in ((f"{PATH}/versions/1/publish", {}), (f"{DRAFT}/publish", sent)):
        refused = await crm.ann.post(path, json={"waiting": "cancel", **more})
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["field"]) == (422, "version")
        assert error["fix"] == "to cancel that too, publish version 3 again, with version: 3"
    assert await numbers(crm) == [3, 2, 1]
    path, seen = f"{PATH}/versions/3/publish", {"waiting": "cancel", "version": 3}
    assert (await ok(await crm.ann.post(path, json=seen)))["rule_set"] == 4
    assert (await crm.ann.post(path, json=seen)).status_code == 409
    # To compute what waits anew comes to the same however often.
    assert (await ok(await crm.ann.post(f"{DRAFT}/publish", json={"waiting": "migrate"})))["rule_set"] == 5


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
