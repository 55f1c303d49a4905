"""A company whose people may do different things, and clients that ask as each of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

EVERY = ["read", "add", "change", "delete", "export"]
ROLES: dict[str, dict[str, Any]] = {
    "admin": {"admin": True},
    "reader": {"grants": [{"actions": ["read"], "whose": "all"}]},
    "seller": {"grants": [{"type": "deal", "actions": EVERY, "whose": "own"}]},
    "head": {"grants": [{"type": "deal", "actions": EVERY, "whose": "department"}]},
    "accountant": {
        "grants": [{"type": "invoice", "actions": EVERY, "whose": "all"}],
        "automation": {"invoice": "change"},
    },
    "observer": {"automation": {"deal": "read"}},
    "manager": {"grants": [{"actions": EVERY, "whose": "all"}], "automation": {"*": "change"}},
}
# Sam sells below Hana's department; Olaf sells elsewhere.
DEPARTMENTS: dict[str, dict[str, Any]] = {"sales": {}, "shop": {"parent": "sales"}, "online": {}}
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"access": ["admin"]},
    "rea": {"access": ["reader"]},
    "sam": {"access": ["seller"], "department": "shop"},
    "olaf": {"access": ["seller"], "department": "online"},
    "hana": {"access": ["head"], "department": "sales"},
    "ivo": {"access": ["accountant"]},
    "otto": {"access": ["observer"]},
    "mia": {"access": ["manager"]},
    "nils": {},
}


class Company:
    """The people of a running crm-api, each with a client that carries an API key of theirs."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm
        self.url = f"http://127.0.0.1:{crm.process.settings.port}"
        self.clients: dict[str, httpx.AsyncClient] = {}

    async def key(self, person: str, **more: Any) -> dict[str, Any]:
        answer = await self.crm.ann.post("/v1/api-keys", json={"person": person, "name": "a test", **more})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def showing(self, token: str) -> httpx.AsyncClient:
        if token not in self.clients:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            self.clients[token] = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60)
        return self.clients[token]

    async def sign_in(self, person: str, **more: Any) -> httpx.AsyncClient:
        return self.showing((await self.key(person, **more))["key"])

    async def deal(self, responsible: str | None, **more: Any) -> str:
        return str((await self.crm.deal(responsible=responsible, **more))["id"])

    async def acts(self, **which: Any) -> list[dict[str, Any]]:
        answer = await self.crm.ann.get("/v1/audit", params=which)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["acts"]
        return found


@asynccontextmanager
async def furnished(crm: Any) -> AsyncIterator[Company]:
    """Give a company its roles, departments and people, with somebody to ask as each of them."""
    company = Company(crm)
    for kind, records in (("role", ROLES), ("department", DEPARTMENTS), ("person", PEOPLE)):
        for id_, record in records.items():
            answer = await crm.ann.put(f"/v1/config/{kind}/{id_}", json={"name": id_.title(), **record})
            assert answer.status_code == 200, answer.text
    try:
        yield company
    finally:
        for client in company.clients.values():
            await client.aclose()
