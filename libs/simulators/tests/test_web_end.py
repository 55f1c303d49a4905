"""Somebody's own web service: it tells what it was asked, and fails when told to."""

import httpx
import pytest
import simulators


async def test_it_tells_what_it_was_asked_and_keeps_it(client: httpx.AsyncClient) -> None:
    got = await client.get("/web/prices/oak", params={"size": "M"}, headers={"X-Shop": "1"})
    sent = await client.post("/web/prices", json={"title": "Pine"})
    assert (got.json()["method"], got.json()["path"], got.json()["query"]) == ("GET", "prices/oak", {"size": "M"})
    assert (got.json()["headers"]["x-shop"], sent.json()["body"]) == ("1", {"title": "Pine"})
    listed = (await client.get("/_control/accepted", params={"provider": "web"})).json()
    assert [(each["method"], each["path"]) for each in listed] == [("GET", "prices/oak"), ("POST", "prices")]


async def test_it_fails_when_told_to_and_at_one_address_only(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    sim.fail("web", "status", to="prices", code=429, retry_after=2)
    assert (await client.get("/web/other")).status_code == 200
    refused = await client.get("/web/prices")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    sim.fail("web", "cut_after")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post("/web/prices", content=b"no JSON")
    assert [each.body for each in sim.web.accepted] == [None, "no JSON"]
