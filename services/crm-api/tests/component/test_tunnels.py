"""Tunnels into another pipeline lead only where the one who goes, or who wrote the rule, may add items."""

from collections.abc import Awaitable, Callable
from typing import Any

from contracts.commands import CreateFromItem, MoveItem
from crm_api.testing.company import furnished
from crm_api.testing.rules import Rules

CHANGES = {"type": "deal", "pipeline": "deal/retail", "actions": ["read", "change"], "whose": "all"}
ADDS = {"type": "deal", "pipeline": "deal/vip", "actions": ["read", "add"], "whose": "all"}


async def test_people_and_rules_need_the_right_to_add_where_a_tunnel_ends(
    started: Callable[..., Awaitable[Any]],
) -> None:
    rules = Rules(await started("consume"))
    crm = rules.crm
    async with furnished(crm) as company:
        assert (await crm.ann.put("/v1/pipelines/deal/vip", json={"stages": [{"key": "open"}]})).status_code == 200
        for name, grants in (("lars", [CHANGES]), ("vera", [CHANGES, ADDS])):
            await crm.ann.put(f"/v1/config/role/{name}", json={"grants": grants})
            await crm.ann.put(f"/v1/config/person/{name}", json={"name": name.title(), "access": [name]})
        deals = [await crm.deal() for _ in range(2)]
        lars, vera = await company.sign_in("lars"), await company.sign_in("vera")
        path, there = f"/v1/items/{deals[0]['id']}/move", {"pipeline": "deal/vip"}
        assert (await lars.post(path, json={"stage": "documents"})).status_code == 200
        assert (await lars.post(path, json=there)).status_code == 403
        assert (await crm.ann.get(f"/v1/items/{deals[0]['id']}")).json()["pipeline"] == "deal/retail"
        assert (await vera.post(path, json=there)).status_code == 200
        copy = {"type": "deal", "pipeline": "deal/vip", "purpose": "copy"}
        outcomes = [
            (await rules.done(kind(**rules.common(deals[1], owner=f"user:{name}"), **more))).outcome
            for name in ("lars", "vera")
            for kind, more in ((CreateFromItem, copy), (MoveItem, {"stage": "open", "pipeline": "deal/vip"}))
        ]
        assert outcomes == ["failed", "failed", "done", "done"]
        items = (await crm.ann.get("/v1/items", params={"pipeline": "deal/vip"})).json()["items"]
        assert len(items) == 3
