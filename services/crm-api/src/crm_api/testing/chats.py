"""Clients who write: what becomes of one whom nobody knows, and a shop whose contacts have chats."""

from typing import Any

from contracts.commands import Creation, Nobody

from crm_api.testing.shop import Shop

CHAT = "shop-bot:5512345"
CLIENT = Nobody(
    do="create", create=Creation(type="deal", pipeline="deal/retail", stage="new", contact={"name": "name"})
)


async def with_chats(crm: Any) -> Shop:
    """Give a shop whose contacts have chats."""
    fields = [("name", "string", False), ("phone", "phone", False), ("chat", "chat", True)]
    known = [{"key": key, "kind": kind, "multiple": multiple} for key, kind, multiple in fields]
    answer = await crm.ann.put("/v1/config/type/contact", json={"fields": known})
    assert answer.status_code == 200, answer.text
    [row] = await crm.fetch("SELECT max(revision) AS revision FROM config")
    return Shop(crm, row["revision"])
