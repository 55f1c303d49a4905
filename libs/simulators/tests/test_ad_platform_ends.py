"""The ends of Google, VK and Yandex refuse what the platforms refuse, and count what they take."""

import hashlib
from typing import Any

import httpx
import pytest
import simulators

EMAIL, PHONE = (hashlib.sha256(text).hexdigest() for text in (b"ana@example.com", b"+351910000001"))
MD5 = hashlib.md5(b"ana@example.com").hexdigest()  # noqa: S324  what VK takes
INGEST, REMOVE = "/v1/audienceMembers:ingest", "/v1/audienceMembers:remove"
DESTINATION = {"operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"}}
MODIFY = "/v1/management/segment/55/modify_data"


def members(*identifiers: dict[str, str], audience: str = "238", **more: Any) -> dict[str, Any]:
    people = [{"userData": {"userIdentifiers": [one]}} for one in identifiers]
    destination = {**DESTINATION, "productDestinationId": audience}
    return {"destinations": [destination], "audienceMembers": people, "encoding": "HEX", **more}


@pytest.fixture
def google(sim: simulators.Simulation) -> dict[str, str]:
    return {"Authorization": f"Bearer {sim.settings.google_access_token.get_secret_value()}"}


def contacts(sim: simulators.Simulation, *written: str, **more: str) -> dict[str, str]:
    known = {"access_token": sim.settings.vk_access_token.get_secret_value(), "v": "5.199", "account_id": "1"}
    return {**known, "target_group_id": "238", "contacts": ",".join(written), **more}


async def test_google_takes_and_gives_up_members(
    sim: simulators.Simulation, client: httpx.AsyncClient, google: dict[str, str]
) -> None:
    body = members({"emailAddress": EMAIL}, {"phoneNumber": PHONE})
    told = (await client.post(INGEST, json=body, headers=google)).json()
    assert (await client.post(REMOVE, json=body, headers=google)).status_code == 200
    assert [change.change for change in sim.google.accepted] == ["add", "remove"]
    assert sim.google.accepted[0].people == [[f"email:{EMAIL}"], [f"phone:{PHONE}"]]
    status = await client.get("/v1/requestStatus:retrieve", params={"requestId": told["requestId"]}, headers=google)
    assert status.json()["requestStatusPerDestination"][0]["requestStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (members({"emailAddress": "ana@example.com"}), "INVALID_SHA256_FORMAT"),
        (members({"emailAddress": EMAIL.upper()}), "INVALID_SHA256_FORMAT"),
        (members({"emailAddress": EMAIL, "phoneNumber": PHONE}), "INVALID_SHA256_FORMAT"),
        (members({"emailAddress": EMAIL}, audience="404"), "INVALID_USER_LIST_ID"),
        (members({"emailAddress": EMAIL}, audience="buyers"), "INVALID_ARGUMENT"),
        (members({"name": EMAIL}), "INVALID_ARGUMENT"),
        (members(), "INVALID_ARGUMENT"),
        (members(*[{"emailAddress": EMAIL}] * 10_001), "INVALID_ARGUMENT"),
        (members({"emailAddress": EMAIL}, colour="red"), "INVALID_ARGUMENT"),
    ],
)
async def test_google_refuses_what_it_cannot_use(
    sim: simulators.Simulation, client: httpx.AsyncClient, google: dict[str, str], body: Any, reason: str
) -> None:
    answer = await client.post(INGEST, json=body, headers=google)
    assert (answer.status_code, answer.json()["error"]["details"][0]["reason"]) == (400, reason)
    assert not sim.google.accepted


async def test_google_gives_a_new_token_for_the_right_refresh_token(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": sim.settings.google_refresh_token.get_secret_value()}
    token = (await client.post("/oauth2/token", data=form)).json()["access_token"]
    body = members({"emailAddress": EMAIL})
    assert (await client.post(INGEST, json=body, headers={"Authorization": f"Bearer {token}"})).is_success
    assert (await client.post(INGEST, json=body)).status_code == 401
    wrong = await client.post("/oauth2/token", data={**form, "refresh_token": "x"})
    assert wrong.json()["error"] == "invalid_grant"


async def test_vk_counts_what_it_can_use_and_always_says_200(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    path = "/method/ads.importTargetContacts"
    assert (await client.post(path, data=contacts(sim, MD5, "79161234567", EMAIL))).json() == {"response": 2}
    assert (await client.post("/method/ads.removeTargetContacts", data=contacts(sim, MD5))).json() == {"response": 1}
    assert [change.change for change in sim.vk.accepted] == ["add", "remove"]


@pytest.mark.parametrize(
    ("more", "code"),
    [({"access_token": "x"}, 5), ({"v": ""}, 100), ({"target_group_id": "404"}, 100), ({"contacts": "1," * 1000}, 100)],
)
async def test_vk_refuses_in_the_body(
    sim: simulators.Simulation, client: httpx.AsyncClient, more: dict[str, str], code: int
) -> None:
    answer = await client.post("/method/ads.importTargetContacts", data=contacts(sim, MD5, **more))
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (200, code)
    assert not sim.vk.accepted


def upload(*rows: str, header: str = "email,phone") -> dict[str, Any]:
    return {"file": ("data.csv", "\n".join((header, *rows)), "text/csv")}


@pytest.fixture
def yandex(sim: simulators.Simulation) -> dict[str, str]:
    return {"Authorization": f"OAuth {sim.settings.yandex_access_token.get_secret_value()}"}


async def test_yandex_takes_a_hundred_rows_or_fewer_where_asked(
    sim: simulators.Simulation, client: httpx.AsyncClient, yandex: dict[str, str]
) -> None:
    few = {"modification_type": "subtraction", "check_size": "false"}
    many = upload(*[f"{EMAIL},"] * 100)
    assert (await client.post(MODIFY, params={"modification_type": "addition"}, files=many, headers=yandex)).is_success
    assert (await client.post(MODIFY, params=few, files=upload(f"{EMAIL},{PHONE}"), headers=yandex)).is_success
    assert [(c.change, len(c.rows)) for c in sim.yandex.accepted] == [("add", 100), ("remove", 1)]


@pytest.mark.parametrize(
    ("path", "kind", "file", "status"),
    [
        (MODIFY, "addition", upload(*[f"{EMAIL},"] * 99), 400),
        (MODIFY, "addition", upload(*["ana@example.com,"] * 100), 400),
        (MODIFY, "addition", upload(*["x"] * 100, header="name"), 400),
        (MODIFY, "colour", upload(*[f"{EMAIL},"] * 100), 400),
        ("/v1/management/segment/404/modify_data", "addition", upload(*[f"{EMAIL},"] * 100), 404),
    ],
)
async def test_yandex_refuses_what_it_cannot_use(  # noqa: PLR0917  fixtures and a case
    sim: simulators.Simulation,
    client: httpx.AsyncClient,
    yandex: dict[str, str],
    path: str,
    kind: str,
    file: dict[str, Any],
    status: int,
) -> None:
    answer = await client.post(path, params={"modification_type": kind}, files=file, headers=yandex)
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert not sim.yandex.accepted
    assert (await client.post(path, files=file)).status_code == 401


async def test_every_byte_that_came_is_kept(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    await client.post("/web/x?y=1", content=b"body", headers={"X-Name": "head"})
    [heard] = sim.heard.requests
    assert heard.startswith(b"POST /web/x?y=1")
    assert b"x-name: head" in heard
    assert heard.endswith(b"body")
