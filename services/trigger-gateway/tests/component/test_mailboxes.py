"""Mailboxes over a real IMAP server: each letter once, whatever is killed, numbered anew, or cannot be read."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from chassis.testing import eventually
from chassis.testing.certificate import make_certificate
from contracts import ids, topics
from contracts.actions import ProviderCallback
from contracts.config import ConfigChanged, Source
from contracts.letters import PURPOSE, signed_part, write_message_id
from simulators.imap import ImapServer, imap_server
from stack.ports import free_port
from trigger_gateway.letters import mailboxes, reading
from trigger_gateway.letters.mime import read
from trigger_gateway.store import mailboxes as store

EFFECT, ITEM = UUID(int=1), UUID(int=2)
REPORT = (
    b"From: MAILER-DAEMON@mx.example\r\nMessage-ID: <r1@mx.example>\r\n"
    b"Content-Type: multipart/report; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
    b"Action: failed\r\nStatus: 5.1.1\r\n\r\n"
    b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: %s\r\n\r\n--b--\r\n"
)


@pytest.fixture
async def imap() -> AsyncIterator[ImapServer]:
    async with imap_server(free_port()) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailboxes, "LOOK", 0.05)
    monkeypatch.setattr(reading, "TAKEN_AGAIN", 0.1)


@pytest.fixture
async def reader(started: Any, deployment: Any) -> Any:
    await deployment.topics(topics.ACTIONS["email"])
    return await started("mailboxes")


def letter(number: int, **headers: str) -> bytes:
    """Make a letter of a client."""
    message = EmailMessage()
    message["From"] = f"Rita Silva <rita{number}@example.com>"
    message["Message-ID"] = f"<m{number}@example.com>"
    message["Subject"] = f"Letter {number}"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Yes")
    return message.as_bytes()


def source(gateway: Any, imap: ImapServer, revision: int = 100, named: str = "box", **settings: Any) -> ConfigChanged:
    """Give the record of the mailbox."""
    secrets = {"password": gateway.sealer.seal(imap.password, f"source/{named}/password")}
    told = {**imap.settings, "every": 1, "begin": "all", **settings}
    record = Source(id=named, kind="mailbox", token="", settings=told, secrets=secrets)
    data = record.model_dump(mode="json")
    return ConfigChanged(kind="source", id=named, revision=revision, data=data, changed_at="2026-03-02T09:30:00Z")


def subjects(signals: Any) -> list[str]:
    return [signal.payload["subject"] for signal in signals]


@pytest.mark.req("I12")
async def test_letters_become_signals_in_their_order(reader: Any, imap: ImapServer) -> None:
    await imap.put(letter(1))
    await reader.configure(source(reader, imap))
    (signal,) = await reader.signals()
    assert (signal.kind, signal.source) == ("email.received", "box")
    assert signal.id == ids.signal_id("box", "<m1@example.com>")
    assert [(one.kind, one.value) for one in signal.identities] == [("email", "rita1@example.com")]
    await imap.put(letter(2), letter(3))
    assert sorted(subjects(await reader.signals(3))) == ["Letter 1", "Letter 2", "Letter 3"]
    kept = await reader.rows("SELECT body, headers FROM delivery WHERE delivery = '<m3@example.com>'")
    assert kept[0]["body"].replace(b"\r\n", b"\n") == letter(3)


async def test_what_lay_there_before_is_left_where_it_is(reader: Any, imap: ImapServer) -> None:
    await imap.put(letter(1))
    await reader.configure(source(reader, imap, begin="now"))
    await eventually(lambda: reader.rows("SELECT last FROM mailbox"))
    await imap.put(letter(2))
    assert subjects(await reader.signals()) == ["Letter 2"]


async def test_an_answer_to_our_letter_is_bound_and_a_report_is_told_to_the_worker(
    reader: Any, imap: ImapServer
) -> None:
    tag = reader.sealer.signer(PURPOSE).tag(signed_part(EFFECT, ITEM), 8)
    ours = write_message_id(EFFECT, ITEM, tag, "shop.example")
    await imap.put(REPORT % ours.encode(), letter(2, In_Reply_To=ours))
    await reader.configure(source(reader, imap))
    (signal,) = await reader.signals()
    assert (signal.binding, signal.payload["answers"]) == (ITEM, str(EFFECT))
    callbacks = await eventually(lambda: reader.deployment.data(topics.ACTIONS["email"], ProviderCallback))
    assert [(one.effect, one.state, one.reason) for one in callbacks] == [(EFFECT, "bounced", "5.1.1")]


async def test_a_letter_that_cannot_be_read_is_set_aside_and_the_next_is_read(reader: Any, imap: ImapServer) -> None:
    deep = b"From: a@b.example\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 200
    await imap.put(b"Subject: nobody wrote it\r\n\r\nx\r\n", deep, letter(3))
    await reader.configure(source(reader, imap))
    assert subjects(await reader.signals()) == ["Letter 3"]
    aside = await reader.rows("SELECT uid, reason, length(raw) AS size FROM unread_letter ORDER BY uid")
    assert ["who wrote it" in aside[0]["reason"], "parts of parts" in aside[1]["reason"]] == [True, True]
    assert all(row["size"] for row in aside)


async def test_a_mistake_of_ours_blocks_no_letter(
    reader: Any, imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = read

    def mistaken(raw: bytes) -> Any:
        if b"Letter 1" in raw:
            raise KeyError("x")
        return real(raw)

    monkeypatch.setattr(reading, "read_mime", mistaken)
    await imap.put(letter(1), letter(2))
    await reader.configure(source(reader, imap))
    assert subjects(await reader.signals()) == ["Letter 2"]
    (aside,) = await reader.rows("SELECT reason FROM unread_letter")
    assert "a mistake of ours" in aside["reason"]


async def test_a_crash_after_fetching_makes_no_second_signal(
    reader: Any, imap: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.advance
    fell: list[Any] = []

    async def crashing(*given: Any) -> None:
        if not fell:
            fell.append(given)
            raise ConnectionResetError("killed between fetching and keeping")
        await real(*given)

    monkeypatch.setattr(store, "advance", crashing)
    await imap.put(letter(1), letter(2))
    await reader.configure(source(reader, imap))
    assert sorted(subjects(await reader.signals(2))) == ["Letter 1", "Letter 2"]
    assert fell
    assert await reader.rows("SELECT repeats FROM delivery") == [{"repeats": 0}] * 2


async def test_only_one_process_reads_a_mailbox(reader: Any, imap: ImapServer) -> None:
    other = await reader.database.connect()
    assert await store.take(other, "box")
    await imap.put(letter(1))
    await reader.configure(source(reader, imap), source(reader, imap, revision=101, named="free"))
    (signal,) = await reader.signals()
    assert signal.source == "free"
    assert await reader.rows("SELECT source FROM mailbox") == [{"source": "free"}]
    await other.close()
    assert {one.source for one in await reader.signals(2)} == {"free", "box"}


async def test_where_the_server_numbers_anew_only_what_is_new_is_told(reader: Any, imap: ImapServer) -> None:
    await imap.put(letter(1), letter(2))
    await reader.configure(source(reader, imap))
    await reader.signals(2)
    async with imap_server(free_port()) as moved:
        await moved.put(letter(2), letter(1), letter(3))
        await reader.configure(source(reader, moved, revision=101))
        signals = await reader.signals(3)
    assert sorted(subjects(signals)) == ["Letter 1", "Letter 2", "Letter 3"]
    assert {row["repeats"] for row in await reader.rows("SELECT repeats FROM delivery")} == {0}


async def test_a_mailbox_that_cannot_be_read_now_is_tried_again_and_told(reader: Any) -> None:
    port = free_port()
    async with AsyncExitStack() as later:
        await reader.configure(source(reader, ImapServer("127.0.0.1", port)))
        server = await later.enter_async_context(imap_server(port))
        await server.put(letter(1))
        assert subjects(await reader.signals()) == ["Letter 1"]


async def test_a_wrong_password_is_told_and_a_right_one_mends_it(reader: Any, imap: ImapServer) -> None:
    await imap.put(letter(1))
    await reader.configure(source(reader, ImapServer(imap.host, imap.port, password="wrong")))

    async def told() -> bool:
        return bool(await reader.rows("SELECT FROM door_count WHERE source = 'box' AND reason LIKE 'mailbox: %'"))

    await eventually(told)
    await reader.configure(source(reader, imap, revision=101))
    assert subjects(await reader.signals()) == ["Letter 1"]


async def test_nothing_is_said_to_a_server_that_nobody_vouches_for(
    reader: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_certificate(tmp_path)
    async with imap_server(free_port(), "localhost", (made.trusted, made.key)) as server:
        await server.put(letter(1))
        await reader.configure(source(reader, server))

        async def told() -> bool:
            return bool(
                await reader.rows("SELECT FROM door_count WHERE source = 'box' AND reason LIKE '%CERTIFICATE%'")
            )

        await eventually(told)
        assert not await reader.rows("SELECT FROM delivery")
        monkeypatch.setenv("SSL_CERT_FILE", str(made.trusted))
        assert subjects(await reader.signals()) == ["Letter 1"]
