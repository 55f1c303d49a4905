"""Accounts that people try: each provider well, with wrong credentials, in trouble, silent; nothing is ever sent by it.

A new provider is one line in `CHECKS` of `action_workers/testing/conformance.py`.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import simulators
from action_workers.providers import PROVIDERS, Accounts
from action_workers.testing import connections
from action_workers.testing.conformance import CHECKS, Check
from action_workers.trying import HIDDEN, Tried, Trying
from chassis.secrets import Sealer
from contracts.config import Connection
from contracts.tries import TRIED_BY
from pydantic import SecretStr

SEALER = Sealer(SecretStr("c2lnbmFsYm94LXRlc3RzLWtleS0zMi1ieXRlcy1sb24="))
HERE = {"inside_hosts": ("127.0.0.1",)}
LOGIN = {"user": "shop", "password": "simulated-smtp-password"}
each = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.connection)
JSON = [one for one in CHECKS if one.fault not in {"smtp", "web"}]
Try = Callable[..., Any]


@pytest.fixture
async def trying() -> AsyncIterator[Trying]:
    nothing: Any = None
    async with Accounts(PROVIDERS, SEALER) as accounts:
        yield Trying(nothing, nothing, nothing, accounts, HERE, limit=5.0)


@pytest.fixture
def tried(trying: Trying, sim: simulators.Simulation) -> Try:
    """Try a connection of the simulator's, with other settings; nobody ever gets anything, and no secret is told."""
    known = {one.id: one for one in connections(sim, SEALER)}

    async def asked(id_: str, **settings: Any) -> Tried:
        held = known[id_]
        if id_ == "shop":
            settings = {"base_url": f"{sim.http}/web/hooks", **settings}
        kept = {name: sealed for name, sealed in held.secrets.items() if name not in settings}
        changed = held.model_copy(update={"settings": {**held.settings, **settings}, "secrets": kept})
        told = await trying.tried(changed)
        clear = [SEALER.open(sealed, f"connection/{id_}/{name}") for name, sealed in held.secrets.items()]
        assert not any(secret in str(told) for secret in clear)
        assert all(one.provider == "web" for records in sim.records.values() for one in records)
        return told

    return asked


@each
async def test_a_good_account_says_who_it_is(tried: Try, check: Check) -> None:
    told = await tried(check.connection)
    assert (told.outcome, check.says in told.words) == ("works", True), told.words


@each
async def test_wrong_credentials_are_said_with_what_to_mend(
    tried: Try, check: Check, sim: simulators.Simulation
) -> None:
    if not check.wrong:
        sim.fail(check.fault, "status", code=401)
    told = await tried(check.connection, **check.wrong)
    assert (told.outcome, check.words in told.words) == ("refused", True), told.words


@each
async def test_trouble_of_the_provider_is_no_fault_of_the_account(
    tried: Try, check: Check, sim: simulators.Simulation
) -> None:
    code = 451 if check.fault == "smtp" else 503
    sim.fail(check.fault, "status", code=code, to=check.to)
    told = await tried(check.connection)
    assert (told.outcome, str(code) in told.words) == ("unavailable", True), told.words
    assert (await tried(check.connection)).outcome == "works"


@each
@pytest.mark.parametrize("silence", ["stall", "cut_after"])
async def test_silence_ends_in_time(
    tried: Try, trying: Trying, check: Check, sim: simulators.Simulation, silence: Any
) -> None:
    trying.limit = 0.3 if silence == "stall" else 5.0
    sim.fail(check.fault, silence, seconds=1.5, to=check.to)
    told = await tried(check.connection)
    expected = "no answer within 0.3 s" if silence == "stall" else "try again later"
    assert (told.outcome, expected in told.words) == ("unavailable", True), told.words


@pytest.mark.parametrize("check", JSON, ids=lambda check: check.connection)
async def test_an_answer_of_somebody_else_is_not_taken_for_the_provider(
    tried: Try, check: Check, sim: simulators.Simulation
) -> None:
    sim.fail(check.fault, "garbage")
    told = await tried(check.connection)
    assert (told.outcome, "check the address of the connection" in told.words) == ("refused", True), told.words


async def test_a_mail_server_is_logged_in_to_and_asked_for_the_sender(tried: Try, sim: simulators.Simulation) -> None:
    told = await tried("mail", **LOGIN)
    assert "lets the user 'shop' in without TLS, and takes shop@example.com as sender" in told.words
    assert told.account["greeting"].startswith("simulator")
    sim.fail("smtp", "status", code=550, body="5.7.1 not yours", to="shop@example.com")
    refused = await tried("mail", **LOGIN)
    assert (refused.outcome, "send from an address that the account may use" in refused.words) == ("refused", True)
    assert "550 5.7.1 not yours" in refused.words
    assert (await tried("mail", tls="starttls")).outcome == "refused"


async def test_an_account_that_is_closed_or_another_one_does_not_work(tried: Try, sim: simulators.Simulation) -> None:
    sim.twilio.status = "suspended"
    try:
        closed = await tried("sms")
    finally:
        sim.twilio.status = "active"
    assert (closed.outcome, "which is suspended" in closed.words) == ("refused", True)
    another = await tried("vk", account="17")
    assert another.words == "VK's token does not reach the account 17; it reaches: 1601"
    unknown = await tried("google", account="0000000000")
    assert "check account and login_account" in unknown.words
    assert (await tried("sms", account_sid="")).outcome == "refused"


async def test_a_token_is_renewed_as_it_is_for_real_requests(tried: Try) -> None:
    renewing = {"access_token": "over", "refresh_token": "simulated-google-refresh-token", "client_id": "ours"}
    assert (await tried("google", **renewing)).outcome == "works"
    assert "refresh token" in (await tried("google", **renewing | {"refresh_token": "wrong"})).words


async def test_a_receiver_of_webhooks_is_asked_for_headers_alone_and_signed(
    tried: Try, sim: simulators.Simulation
) -> None:
    await tried("shop")
    (asked,) = sim.web.accepted
    assert (asked.method, asked.raw) == ("HEAD", b"")
    assert asked.headers["webhook-signature"].startswith("v1,")
    sim.fail("web", "status", code=405)
    shy = await tried("shop")
    assert (shy.outcome, "shows with the first message" in shy.words) == ("works", True)
    # What leads from a path above others to another one says nothing of those below.
    assert (await tried("shop", base_url=f"{sim.http}/web")).outcome == "works"
    assert (await tried("shop", base_url="")).outcome == "untried"


async def test_addresses_of_people_are_tried_through_the_guard(tried: Try, trying: Trying) -> None:
    trying.allowed = {}
    inside = await tried("shop", base_url="http://127.0.0.1/hooks")
    assert (inside.outcome, "leads inside" in inside.words) == ("refused", True)
    assert "may not be asked" in (await tried("shop", inside_hosts=["127.0.0.1"])).words
    # Those of accounts too, and where their tokens come from.
    for id_ in ("sms", "bot", "meta", "google", "vk", "yandex"):
        told = await tried(id_, base_url="http://127.0.0.1")
        assert (told.outcome, "leads inside" in told.words) == ("refused", True), told.words
        assert "port 9092 may not be asked" in (await tried(id_, base_url="http://example.com:9092")).words
    renewing = {"token_url": "http://169.254.169.254/latest", "access_token": None, "refresh_token": "one"}
    assert "leads inside" in (await tried("google", **renewing)).words


async def test_what_a_far_end_echoes_of_secrets_is_hidden(tried: Try, sim: simulators.Simulation) -> None:
    token = sim.settings.twilio_auth_token.get_secret_value()
    sim.fail("twilio", "status", code=400, error=99999, body=f"the token {token} is odd")
    assert (await tried("sms")).words == f"the token {HIDDEN} is odd (Twilio 99999)"


async def test_what_no_worker_knows_or_can_open_is_said(trying: Trying) -> None:
    strange = await trying.tried(Connection(id="x", provider="pigeon"))
    assert (strange.outcome, "no worker knows the provider 'pigeon'" in strange.words) == ("refused", True)
    sealed_elsewhere = Connection(id="x", provider="telegram", secrets={"bot_token": "v1.AAAA"})
    assert "enter the secret again" in (await trying.tried(sealed_elsewhere)).words
    assert "account_sid" in (await trying.tried(Connection(id="x", provider="twilio"))).words
    assert "'gone'" in (await trying.tried(None, "gone")).words


def test_every_provider_that_people_connect_is_tried() -> None:
    # Ours, the web at large and installed apps are no connections of people.
    assert set(TRIED_BY) == set(PROVIDERS) - {"crm-api", "web", "app"}
    assert len(CHECKS) == len(TRIED_BY)
