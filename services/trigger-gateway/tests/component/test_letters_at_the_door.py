"""Mailgun's inbound routes, signed as its own library checks it: both ways of writing, replays, and bad input."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from contracts.config import ConfigChanged, Source
from contracts.letters import PURPOSE, signed_part, write_message_id
from mailgun.security import SecurityGuard
from trigger_gateway.sources.mailgun import TOLERANCE, Signature

KEY, OLD_KEY, TOKEN = "key-new", "key-old", "mailgun-token-0123456789abcdef"
DOOR = f"/in/mailgun/{TOKEN}"
EFFECT, ITEM = UUID(int=1), UUID(int=2)
RAW = (
    b"From: Rita Silva <rita@example.com>\r\nTo: shop@example.com\r\nMessage-ID: <m1@example.com>\r\nSubject: Hello\r\n"
    b"\r\nA table, please\r\n"
)


@pytest.fixture
async def gate(door: Any) -> Any:
    secrets = {name: door.sealer.seal(value, f"source/mailgun/{name}") for name, value in (("a", OLD_KEY), ("b", KEY))}
    record = Source(id="mailgun", kind="mailgun", token=TOKEN, secrets=secrets).model_dump(mode="json")
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    await door.configure(ConfigChanged(kind="source", id="mailgun", revision=100, data=record, changed_at=at))
    return door


def signed(token: str = "t1", key: str = KEY, age: int = 0) -> dict[str, str]:
    """Sign as Mailgun does."""
    timestamp = str(int(datetime.now(UTC).timestamp()) - age)
    made = Signature(timestamp, token, "").made(key).decode()
    return {"timestamp": timestamp, "token": token, "signature": made}


def form(message_id: str = "<m1@example.com>", headers: Any = (), **more: str) -> dict[str, str]:
    """Give the fields of a letter that Mailgun has read."""
    told = [["Message-Id", message_id], ["Received", "x"], *headers]
    return {
        "recipient": "Shop@example.com",
        "sender": "bounce+1@example.com",
        "from": "Rita Silva <rita@example.com>",
        "subject": "Re: An offer",
        "body-plain": "Yes, please\r\n\r\nOn Monday Shop wrote:\r\n> Dear Rita\r\n",
        "stripped-text": "Yes, please",
        "message-headers": json.dumps(told),
        **more,
    }


def test_the_signature_is_what_mailgun_s_own_library_makes() -> None:
    told = signed()
    given: dict[str, Any] = {"token": told["token"], "timestamp": told["timestamp"], "signature": told["signature"]}
    assert SecurityGuard.verify_webhook(KEY, **given)
    assert not SecurityGuard.verify_webhook(OLD_KEY, **given)


@pytest.mark.parametrize("files", [False, True], ids=["form", "multipart"])
@pytest.mark.req("I12")
async def test_a_letter_becomes_a_signal(gate: Any, files: object) -> None:
    fields = {**signed(), **form(headers=[["Precedence", "bulk"]])}
    more = {"files": {"attachment-1": ("Planta.pdf", b"12345", "application/pdf")}} if files else {}
    answer = await gate.http.post(DOOR, data=fields, **more)
    assert answer.status_code == 200
    (signal,) = await gate.signals()
    told = signal.payload
    assert (signal.kind, signal.binding) == ("email.received", None)
    assert [(one.kind, one.value) for one in signal.identities] == [("email", "rita@example.com")]
    assert (told["from"], told["name"], told["text"]) == ("rita@example.com", "Rita Silva", "Yes, please")
    assert (told["automatic"], told["message_id"]) == (True, "<m1@example.com>")
    assert told["files"] == ([{"name": "Planta.pdf", "size": 5, "type": "application/pdf"}] if files else [])


async def test_a_raw_letter_becomes_a_signal(gate: Any) -> None:
    fields = {**signed(key=OLD_KEY), "recipient": "shop@example.com", "body-mime": RAW.decode()}
    assert (await gate.http.post(DOOR, data=fields)).status_code == 200
    (signal,) = await gate.signals()
    assert (signal.payload["subject"], signal.payload["text"]) == ("Hello", "A table, please")


async def test_an_answer_to_our_letter_is_bound_to_its_item(gate: Any) -> None:
    tag = gate.sealer.signer(PURPOSE).tag(signed_part(EFFECT, ITEM), 8)
    ours = write_message_id(EFFECT, ITEM, tag, "shop.example")
    await gate.http.post(DOOR, data={**signed(), **form(headers=[["In-Reply-To", ours]])})
    (signal,) = await gate.signals()
    assert (signal.binding, signal.payload["answers"]) == (ITEM, str(EFFECT))


async def test_the_same_letter_is_one_signal_whether_its_token_is_new_or_not(gate: Any) -> None:
    fields = {**signed(), **form()}
    for token in (fields, fields, {**fields, **signed("t2")}):
        assert (await gate.http.post(DOOR, data=token)).status_code == 200
    other = {**fields, **signed("t3"), "recipient": "info@example.com"}
    assert (await gate.http.post(DOOR, data=other)).status_code == 200
    assert len({signal.id for signal in await gate.signals(2)}) == 2
    assert {row["repeats"] for row in await gate.rows("SELECT repeats FROM delivery")} == {0, 2}


async def test_a_token_that_was_caught_carries_no_other_letter(gate: Any) -> None:
    caught = signed()
    assert (await gate.http.post(DOOR, data={**caught, **form()})).status_code == 200
    for forged in (form("<m2@example.com>"), form(**{"body-plain": "Please pay"})):
        assert (await gate.http.post(DOOR, data={**caught, **forged})).status_code == 406
    assert len(await gate.rows("SELECT FROM delivery")) == 1
    assert len(await gate.rows("SELECT FROM quarantined")) == 2


MEGABYTE = 2**20
LARGE = [("attachment-1", ("plan.pdf", b"%PDF" * (25 * MEGABYTE // 4), "application/pdf"))]


@pytest.mark.req("I12")
async def test_a_letter_with_25_megabytes_of_attachments_is_taken_and_only_their_sizes_are_kept(gate: Any) -> None:
    fields = {**signed(), **form()}
    assert (await gate.http.post(DOOR, data=fields, files=LARGE, timeout=60)).status_code == 200
    [kept] = await gate.rows("SELECT id, octet_length(body) AS size FROM delivery")
    assert kept["size"] < 10_000
    (signal,) = await gate.signals()
    assert signal.payload["files"] == [{"name": "plan.pdf", "size": 25 * MEGABYTE, "type": "application/pdf"}]
    assert signal.payload["text"] == "Yes, please"
    # The same letter again is a repeat, however it comes.
    again = {**fields, **signed("t2")}
    assert (await gate.http.post(DOOR, data=again, files=LARGE, timeout=60)).status_code == 200
    assert await gate.rows("SELECT repeats FROM delivery") == [{"repeats": 1}]


async def test_a_raw_letter_that_is_large_is_read_as_far_as_its_text_goes(gate: Any) -> None:
    raw = RAW.replace(b"A table, please", b"A table, please\r\n\r\nOn Monday Shop wrote:\r\n" + b"> long\r\n" * 300_000)
    files = [("body-mime", (None, raw)), *((name, (None, value.encode())) for name, value in signed().items())]
    sent = await gate.http.post(DOOR, files=[("recipient", (None, b"shop@example.com")), *files], timeout=60)
    assert sent.status_code == 200
    (signal,) = await gate.signals()
    assert (signal.payload["subject"], signal.payload["text"]) == ("Hello", "A table, please")


async def test_what_is_too_large_even_for_a_letter_is_refused_for_good_and_elsewhere_nobody_sends_so_much(
    gate: Any,
) -> None:
    told = await gate.http.post(DOOR, content=bytes(41 * MEGABYTE), headers={"Content-Type": MULTIPART}, timeout=60)
    assert (told.status_code, told.json()["title"]) == (406, "The body is too large")
    text = {**signed(), **form(**{"body-html": "x" * (2 * MEGABYTE)})}
    assert (await gate.http.post(DOOR, data=text, files={"a": ("a", b"")}, timeout=60)).status_code == 406
    for path in ("/in/mailgun/a-guessed-token-0123", gate.form):
        refused = await gate.http.post(path, data=form(), files=LARGE, timeout=60)
        assert (refused.status_code, refused.json()["title"]) == (413, "The body is too large")
    assert await gate.kept_nothing()


NOT_SIGNED: dict[str, dict[str, str]] = {
    "none": {},
    "key": signed(key="other"),
    "old": signed(age=TOLERANCE + 3600),
    "future": signed(age=-TOLERANCE - 3600),
    "digits": {**signed(), "timestamp": "9" * 5000},
    "token": {**signed(), "token": "é" * 300},
    "letters": {**signed(), "signature": "é"},
}
MULTIPART = "multipart/form-data; boundary=b"
NO_FORM = {
    "json": (b"{}", "application/json"),
    "boundary": (b"x", "multipart/form-data"),
    "broken": (b"--b\r\nnonsense", MULTIPART),
    "parts": (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 600, MULTIPART),
    "header": (b"--b\r\n" + b"X" * 100_000 + b": y\r\n\r\n", MULTIPART),
    "bytes": (b"a=%ff%fe", "application/x-www-form-urlencoded"),
}


async def test_what_is_not_signed_well_is_refused_for_good(gate: Any) -> None:
    for name, wrong in NOT_SIGNED.items():
        answer = await gate.http.post(DOOR, data={**form(), **wrong})
        assert (answer.status_code, "signature" in answer.json()["title"]) == (406, True), name
    assert await gate.kept_nothing()


async def test_what_is_no_form_is_refused_for_good(gate: Any) -> None:
    for name, (content, kind) in NO_FORM.items():
        answer = await gate.http.post(DOOR, content=content, headers={"Content-Type": kind})
        assert answer.status_code == 406, name
    assert await gate.kept_nothing()
