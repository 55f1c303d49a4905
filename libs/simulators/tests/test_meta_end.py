import hashlib
import json
from typing import Any

import httpx
import pytest
import simulators

USERS = "/v26.0/23851/users"
SESSION = {"session_id": 9778993, "batch_seq": 1, "last_batch_flag": True, "estimated_num_total": 1}


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


ANNA = [hashed("anna@shop.test"), hashed("79161234567")]


def fields(sim: simulators.Simulation, **over: Any) -> dict[str, str]:
    payload = {"schema": ["EMAIL", "PHONE"], "is_raw": True, "data": [ANNA]} | over
    token = sim.settings.meta_access_token.get_secret_value()
    return {"payload": json.dumps(payload), "session": json.dumps(SESSION), "access_token": token}


async def test_people_are_added_by_a_form(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    answer = await client.post(USERS, data=fields(sim))
    assert answer.status_code == 200
    assert answer.json() == {
        "audience_id": "23851",
        "session_id": "9778993",
        "num_received": 1,
        "num_invalid_entries": 0,
        "invalid_entry_samples": {},
    }
    accepted = sim.meta.accepted[0]
    assert (accepted.change, accepted.audience_id, accepted.rows) == ("add", "23851", [ANNA])
    assert accepted.session is not None
    assert accepted.session.batch_seq == 1


async def test_people_are_removed_by_a_form_or_by_the_query(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    assert (await client.request("DELETE", USERS, data=fields(sim))).status_code == 200
    assert (await client.delete(USERS, params=fields(sim))).status_code == 200
    assert [each.change for each in sim.meta.accepted] == ["remove", "remove"]


async def test_json_and_multipart_and_a_bearer_token_are_read_as_well(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    sent = fields(sim)
    bearer = {"Authorization": f"Bearer {sent.pop('access_token')}"}
    nested = {name: json.loads(value) for name, value in sent.items()}
    assert (await client.post(USERS, json=nested, headers=bearer)).status_code == 200
    multipart = {name: (None, value) for name, value in sent.items()}
    assert (await client.post(USERS, files=multipart, headers=bearer)).status_code == 200
    assert [each.rows for each in sim.meta.accepted] == [[ANNA], [ANNA]]


async def test_one_key_may_stand_alone(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    answer = await client.post(USERS, data=fields(sim, schema="EMAIL_SHA256", data=[ANNA[0]]))
    assert answer.json()["num_received"] == 1
    assert sim.meta.accepted[0].keys == ["EMAIL_SHA256"]


@pytest.mark.parametrize(
    "row",
    [["anna@shop.test", ANNA[1]], [ANNA[0].upper(), ANNA[1]], [ANNA[0][:-1], ""], [ANNA[0]], ["", ""]],
)
async def test_a_row_that_is_not_hashed_is_counted_as_invalid(
    sim: simulators.Simulation, client: httpx.AsyncClient, row: list[str]
) -> None:
    answer = (await client.post(USERS, data=fields(sim, data=[ANNA, row]))).json()
    assert (answer["num_received"], answer["num_invalid_entries"]) == (2, 1)
    assert list(answer["invalid_entry_samples"]) == [str(row)]


async def test_a_person_may_lack_a_key_and_own_ids_are_not_hashed(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    sent = fields(sim, schema=["EXTERN_ID", "PHONE"], data=[["contact-7", ""]])
    assert (await client.post(USERS, data=sent)).json()["num_invalid_entries"] == 0


@pytest.mark.parametrize(
    "over",
    [{"schema": ["SHOE_SIZE"]}, {"schema": []}, {"data": []}, {"data": "x"}, {"data": [ANNA] * 10_001}],
)
async def test_a_wrong_parameter_is_refused(
    sim: simulators.Simulation, client: httpx.AsyncClient, over: dict[str, Any]
) -> None:
    answer = await client.post(USERS, data=fields(sim, **over))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (400, 100, "OAuthException")
    assert error["message"].startswith("(#100)")
    assert error["fbtrace_id"]
    assert not sim.meta.accepted


async def test_what_is_not_json_is_refused(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    broken = await client.post(USERS, content=b"{", headers={"Content-Type": "application/json"})
    assert broken.json()["error"]["code"] == 100
    assert (await client.post(USERS, data=fields(sim) | {"payload": "{"})).json()["error"]["code"] == 100
    assert (await client.post(USERS, data=fields(sim) | {"session": "1"})).json()["error"]["code"] == 100


async def test_a_wrong_token_is_refused(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    answer = await client.post(USERS, data=fields(sim) | {"access_token": "stolen"})
    assert answer.json()["error"]["code"] == 190
    assert not sim.meta.accepted


async def test_throttling_speaks_as_the_graph_api_does(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    sim.fail("meta", "status", code=429)
    sim.fail("meta", "status", code=400, error=80003)
    codes = [(await client.post(USERS, data=fields(sim))).json().get("error", {}).get("code") for _ in range(3)]
    assert codes == [17, 80003, None]


async def test_the_same_batch_sent_again_is_recorded_again(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    answers = [(await client.post(USERS, data=fields(sim))).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert sim.meta.accepted[0].session == sim.meta.accepted[1].session


async def test_an_upload_needs_no_session(sim: simulators.Simulation, client: httpx.AsyncClient) -> None:
    sent = fields(sim)
    del sent["session"]
    assert "session_id" not in (await client.post(USERS, data=sent)).json()
    assert sim.meta.accepted[0].session is None


async def test_a_change_is_accepted_and_the_connection_cut(
    sim: simulators.Simulation, client: httpx.AsyncClient
) -> None:
    sim.fail("meta", "cut_after", to="23851")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(USERS, data=fields(sim))
    assert len(sim.meta.accepted) == 1
    assert (await client.post(USERS, data=fields(sim))).status_code == 200
