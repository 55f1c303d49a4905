"""Letters through all services: files and documents in them, and what their readers and clients do, as triggers."""

import base64
import email
import email.policy
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from simulators.imap import ImapServer, imap_server
from stack.ports import free_port

from tests.integration.pipelines import publish, rule, stage
from tests.integration.world import World

Json = dict[str, Any]
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PDF = b"%PDF-1.7 a plan"
AFTER = {"after_previous": "0 minutes"}


async def letter_to(world: World, address: str) -> EmailMessage:
    """Give the last letter that reached an address, once there is one."""

    async def look() -> Json | None:
        accepted = await world.installation.simulators.accepted("smtp")
        return next((one for one in reversed(accepted) if one["recipients"] == [address]), None)

    raw = (await world.until(look))["raw"]
    message = email.message_from_bytes(base64.urlsafe_b64decode(raw), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


async def follow(address: str) -> httpx.Response:
    """Ask as a reader's program does."""
    async with httpx.AsyncClient(headers=BROWSER, timeout=60, trust_env=False) as reader:
        return await reader.get(address)


@pytest.mark.req("E3", "E4", "E5", "E8")
async def test_a_letter_carries_a_file_a_document_and_its_link(world: World) -> None:
    crm = world.installation.crm
    plan = await crm.keep_file(PDF, "application/pdf")
    offer = {"create-document": {"template": "contract", "title": "Offer"}}
    mail = {
        "send-email": {
            "subject": "Your offer, {{ contact.name }}",
            "markdown": "Dear **{{ contact.name }}**, [your offer]({{ results.offer.url }}) for {{ item.wish }}",
            "attach": [{"file": "{{ item.plan }}", "name": "Plan"}, "{{ results.offer.url }}"],
        }
    }
    known = (await crm.ask("GET", "/v1/config/type/deal"))["data"]
    if "plan" not in {field["key"] for field in known["fields"]}:
        await crm.configure("type", "deal", {**known, "fields": [*known["fields"], {"key": "plan", "kind": "file"}]})
    pipeline = await publish(world, "offers", stage("new", rule("offer", offer), rule("mail", mail, timing=AFTER)))
    deal = await world.deal(pipeline=pipeline, wish="an *oak* <table>", plan=plan, amount="90.00 EUR")
    await world.rule_is(deal["id"], "mail", "succeeded")
    message = await letter_to(world, deal["email"])
    url = (await world.rule_is(deal["id"], "offer", "succeeded"))["results"]["url"]
    html = html_of(message)
    assert message["Subject"] == "Your offer, Rita Silva"
    assert f'<a href="{url}">your offer</a>' in html
    assert "<strong>Rita Silva</strong>" in html
    assert "an *oak* &lt;table&gt;" in html
    files = [(one.get_filename(), one.get_payload(decode=True)) for one in message.iter_attachments()]
    assert files[0] == ("Plan.pdf", PDF)
    assert len(files) == 2
    assert (await follow(url)).content == files[1][1]


@pytest.mark.req("I13", "I14", "I15")
async def test_a_letter_that_is_sent_opened_and_followed_moves_its_deal(world: World) -> None:
    target = "https://oak.example/tables"
    mail = {
        "send-email": {
            "subject": "Tables",
            "markdown": f"[Tables]({target}) and [chairs](https://oak.example/chairs)",
            "track": True,
        }
    }
    pipeline = await publish(
        world,
        "tracked",
        stage("new", rule("tables", mail)),
        stage("sent", triggers=({"key": "sent", "on": "email.sent", "filter": {"rule": "tables"}},)),
        stage("viewed", triggers=({"key": "viewed", "on": "email.viewed", "filter": {"rule": "tables"}},)),
        stage("clicked", triggers=({"key": "clicked", "on": "link.clicked", "filter": {"url": target}},)),
    )
    deal = await world.deal(pipeline=pipeline)
    await world.stands(deal["id"], "sent")
    message = await letter_to(world, deal["email"])
    tables, chairs = re.findall(r'href="([^"]+/m/l/[^"]+)"', html_of(message))
    (pixel,) = re.findall(r'src="([^"]+/m/o/[^"]+)"', html_of(message))
    assert (await follow(chairs)).headers["location"] == "https://oak.example/chairs"
    assert (await follow(pixel)).content.startswith(b"GIF89a")
    await world.stands(deal["id"], "viewed")
    assert (await follow(tables)).headers["location"] == target
    await world.stands(deal["id"], "clicked")


async def test_who_unsubscribes_with_one_click_gets_no_more_letters(world: World) -> None:
    mail = {"send-email": {"subject": "News", "text": "News"}}
    again = rule("again", mail, timing={"after": "1 second"})
    pipeline = await publish(world, "news", stage("new", rule("first", mail)), stage("later", again))
    deal = await world.deal(pipeline=pipeline)
    message = await letter_to(world, deal["email"])
    address = str(message["List-Unsubscribe"]).strip("<>")
    async with httpx.AsyncClient(timeout=60, trust_env=False) as program:
        assert (await program.post(address, data={"List-Unsubscribe": "One-Click"})).is_success

    async def refused() -> bool:
        contact = await world.installation.crm.item(deal["contact"])
        return bool(contact["fields"].get("consents", {}).get("email") == "refused")

    await world.until(refused)
    await world.installation.crm.move(deal["id"], "later")
    skipped = await world.rule_is(deal["id"], "again", "skipped")
    assert "refused" in skipped["reason"]


@pytest.fixture
async def box(world: World) -> AsyncIterator[ImapServer]:
    """Give a mailbox that is a source."""
    async with imap_server(free_port()) as server:
        record = {"kind": "mailbox", "token": "", "settings": {**server.settings, "begin": "all", "every": 1}}
        secrets = {"password": server.password}
        await world.installation.crm.configure("source", "box", {**record, "secrets": secrets})
        yield server
        await world.installation.crm.ask("DELETE", "/v1/config/source/box")


def answer(to: str, sender: str, **headers: str) -> bytes:
    """Write a client's letter."""
    message = EmailMessage()
    message["From"] = f"Rita Silva <{sender}>"
    message["To"] = to
    message["Subject"] = "Re: An offer"
    message["Message-ID"] = f"<{free_port()}.{sender}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Yes, please\n\nOn Monday Shop wrote:\n> An offer\n")
    return message.as_bytes()


@pytest.mark.req("I12")
async def test_a_client_s_letter_moves_the_deal_that_it_answers_and_a_machine_s_does_not(
    world: World, box: ImapServer
) -> None:
    mail = {"send-email": {"subject": "An offer", "text": "An offer"}}
    wanted = {"field": "signal.text", "equals": "Yes, please"}
    pipeline = await publish(
        world,
        "answers",
        stage("new", rule("mail", mail)),
        stage("answered", triggers=({"key": "answered", "on": "email.received", "when": wanted},)),
    )
    deal, other = await world.deal(pipeline=pipeline), await world.deal(pipeline=pipeline)
    ours = str((await letter_to(world, deal["email"]))["Message-ID"])
    away = answer("shop@example.com", other["email"], Auto_Submitted="auto-replied")
    # From an address that nobody knows: what binds it is the letter that it answers.
    await box.put(away, answer("shop@example.com", "rita@elsewhere.example", In_Reply_To=ours))
    await world.stands(deal["id"], "answered")

    async def noted() -> bool:
        return bool(await world.lines(other["id"], "signal"))

    await world.until(noted, otherwise=lambda: world.installation.crm.timeline(other["id"]))
    assert (await world.installation.crm.item(other["id"]))["stage"] == "new"
    await box.put(answer("shop@example.com", other["email"]))
    await world.stands(other["id"], "answered")


REPORT = (
    "From: MAILER-DAEMON@mx.example\r\nMessage-ID: <report-{0}@mx.example>\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 User unknown\r\n\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {1}\r\n\r\n--b--\r\n"
)


async def test_a_letter_that_came_back_is_marked_and_its_address_written_to_no_more(
    world: World, box: ImapServer
) -> None:
    mail = {"send-email": {"subject": "An offer", "text": "An offer"}}
    pipeline = await publish(world, "bounced", stage("new", rule("mail", mail)), stage("later", rule("again", mail)))
    deal = await world.deal(pipeline=pipeline)
    ours = str((await letter_to(world, deal["email"]))["Message-ID"])
    await box.put(REPORT.format(deal["id"], ours).encode())

    async def bounced() -> Json | None:
        (effect,) = (await world.rules(deal["id"]))["mail"]["effects"]
        return effect if effect["state"] == "bounced" else None

    assert (await world.until(bounced))["reason"] == "5.1.1 550 User unknown"
    await world.installation.crm.move(deal["id"], "later")
    assert "does not exist" in (await world.rule_is(deal["id"], "again", "skipped"))["reason"]
