"""Stages and pipelines in which a source makes items stay as long as it does, and a refusal moves nothing."""

from typing import Any

PATH = "/v1/pipelines/deal/retail"
FEWER = [{"key": "documents"}, {"key": "paid", "kind": "success"}, {"key": "lost", "kind": "failure"}]
SITE = "/v1/config/source/site"


def site(stage: str = "new", pipeline: str = "deal/retail") -> dict[str, Any]:
    create = {"type": "deal", "pipeline": pipeline, "stage": stage}
    return {"kind": "form", "token": "t", "nobody": {"do": "create", "create": create}}


async def stages(crm: Any) -> list[str]:
    return [stage["key"] for stage in (await crm.ann.get(PATH)).json()["stages"]]


async def test_a_place_in_which_a_source_makes_items_goes_when_the_source_makes_them_elsewhere(crm: Any) -> None:
    assert (await crm.ann.put(SITE, json=site())).status_code == 200
    item = await crm.deal()
    with_moves = {"stages": FEWER, "moves": {"new": "documents"}}
    await crm.ann.put(f"{PATH}/draft", json={"stages": FEWER})
    refused = [
        await crm.ann.put(PATH, json=with_moves),
        await crm.ann.delete(PATH),
    ]
    await crm.made(f"/v1/items/{item['id']}/move", stage="paid")
    refused += [
        await crm.ann.put(PATH, json={"stages": FEWER}),
        await crm.ann.put(PATH, json=with_moves),
        await crm.ann.post(f"{PATH}/draft/publish", json={}),
    ]
    assert [answer.status_code for answer in refused] == [422] * 5
    assert [answer.json()["errors"][0]["field"] for answer in refused] == ["stages", "id", *["stages"] * 3]
    assert "source 'site' makes items in 'new', which would go" in refused[0].text
    assert (await crm.ann.get(f"/v1/items/{item['id']}")).json()["version"] == 2
    assert await stages(crm) == ["new", "documents", "paid", "lost"]
    assert (await crm.ann.put(SITE, json=site("documents"))).status_code == 200
    assert (await crm.ann.put(PATH, json={"stages": FEWER})).status_code == 200
    assert await stages(crm) == ["documents", "paid", "lost"]
    assert (await crm.ann.delete(f"/v1/items/{item['id']}")).status_code == 204
    kept = await crm.ann.delete(PATH)
    assert (kept.status_code, kept.json()["errors"][0]["problem"]) == (422, "source 'site' makes items in it")
    assert (await crm.ann.delete(SITE)).status_code == 204
    assert (await crm.ann.delete(PATH)).status_code == 204
    # Now the source has nowhere to make them.
    nowhere = await crm.ann.put(SITE, json=site("documents"))
    assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (422, "nobody.create.pipeline")


async def test_moves_under_a_name_that_cannot_be_kept_move_nothing_and_publish_nothing(crm: Any) -> None:
    item = await crm.deal()
    body = {"stages": FEWER, "moves": {"new": "documents"}, "automation": "suppress"}
    for job in ("a\0b", "a" * 201):
        refused = await crm.ann.put(PATH, json={**body, "job": job})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "job")
    versions = (await crm.ann.get(f"{PATH}/versions")).json()["versions"]
    assert [one["number"] for one in versions] == [1]
    assert (await crm.ann.get(f"/v1/items/{item['id']}")).json()["stage"] == "new"
