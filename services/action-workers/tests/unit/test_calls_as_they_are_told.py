"""What Twilio is told to do in a call, where it reports, and identifiers of people who write digits of their own."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from xml.etree.ElementTree import fromstring

import pytest
from action_workers.actions.action import Errand
from action_workers.actions.create_document import name_of
from action_workers.actions.make_call import MOST, MakeCall, keys_to, twiml
from action_workers.actions.send_sms import callback
from action_workers.documents.making import Paper
from action_workers.hashing import normalised_email, normalised_phone
from action_workers.providers.twilio import Twilio
from chassis.errors import Rejected
from contracts.config import Portal
from hypothesis import given
from hypothesis import strategies as st

# The digits of a Japanese keyboard.
FULLWIDTH = "+351 912 345 678".translate({ord("0") + n: 0xFF10 + n for n in range(10)})
ACCOUNT = Twilio.of("sms", {"account_sid": "AC1", "auth_token": "t", "from": "+1"})


class Row:
    """As much of an effect as an address needs."""

    id, item = UUID(int=1), UUID(int=2)


def errand(connection: str = "sms", url: str = "https://shop.example") -> Errand[Any, Twilio]:
    row: Any = Row()
    return Errand(row, MakeCall(text="x"), connection, ACCOUNT, Portal(public_url=url))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)


@given(TEXTS)
def test_any_text_is_one_that_an_xml_reader_takes_and_nothing_of_it_is_markup(text: str) -> None:
    (say,) = fromstring(twiml(MakeCall(text=f"a{text}")))  # noqa: S314  it is our own
    assert (say.tag, len(say), say.attrib) == ("Say", 0, {})
    assert [c for c in say.text or "" if c.isalnum()] == [c for c in f"a{text}" if c.isalnum()]


def test_a_text_may_be_so_long_as_twilio_takes_with_all_that_is_escaped() -> None:
    around = len(twiml(MakeCall(text="x"))) - 1
    assert len(twiml(MakeCall(text="x" * (MOST - around)))) == MOST
    with pytest.raises(Rejected, match="4001 characters as TwiML, 4000 may be"):
        twiml(MakeCall(text="x" * (MOST - around + 1)))
    with pytest.raises(Rejected, match="too long for a call"):
        twiml(MakeCall(text="&" * 1000))


def test_keys_are_asked_for_while_text_and_sound_are_heard() -> None:
    (gather,) = fromstring(twiml(MakeCall(text="Press", sound="https://x/a&b.mp3", keys=2), "https://x/keys?a=1&b=2"))  # noqa: S314
    assert gather.attrib == {"numDigits": "2", "action": "https://x/keys?a=1&b=2", "method": "POST"}
    assert [(one.tag, one.text) for one in gather] == [("Play", "https://x/a&b.mp3"), ("Say", "Press")]


@pytest.mark.parametrize("connection", ["sms", "main line", "касса", "a?b#c", "100%"])
@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example/"])
def test_reports_come_to_an_address_that_names_account_effect_and_item(connection: str, url: str) -> None:
    for written, ending in ((callback(errand(connection, url)), ""), (keys_to(errand(connection, url)), "/keys")):
        address = urlsplit(written)
        assert (address.netloc, address.fragment) == ("shop.example", "")
        assert written.isascii()
        assert parse_qs(address.query) == {"effect": [str(UUID(int=1))], "item": [str(UUID(int=2))]}
        assert address.path.startswith("/callbacks/twilio/")
        assert address.path.endswith(ending)
        assert "//" not in address.path


def test_without_a_public_address_nothing_reports() -> None:
    assert callback(errand(url="")) == ""
    with pytest.raises(Rejected, match="public address is not set"):
        keys_to(errand(url=""))


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+٣٥١ ٩١٢ ٣٤٥ ٦٧٨", "351912345678"),
        (FULLWIDTH, "351912345678"),
        ("+00 351 912", "351912"),
        (" +351.912-345/678 ", "351912345678"),
        ("+351 912 доб 5", ""),
        ("00351912345678", ""),
    ],
)
def test_a_phone_is_hashed_by_the_same_digits_in_whatever_script(written: str, digits: str) -> None:
    assert normalised_phone(written) == digits


@pytest.mark.parametrize(
    "written", ["a@b@c.example", "@c.example", "ana@", "ana@exa mple.com", "ana\n@b.c", "ana\u00a0x@b.c"]
)
def test_what_can_be_no_email_is_not_hashed(written: str) -> None:
    assert normalised_email(written) == ""


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"template": "offer", "number": "2026-7", "version": 1}, "offer-2026-7.pdf"),
        ({"template": "offer", "number": "2026-7", "version": 3}, "offer-2026-7-v3.pdf"),
        ({"template": "Счёт №1", "number": 12, "version": 1}, "1-12.pdf"),
        ({"template": "договор", "number": 12, "version": 2}, "document-12-v2.pdf"),
        ({"template": "../../etc", "number": 1, "version": 1}, "etc-1.pdf"),
        ({"template": "a\r\nb/c", "number": 1, "version": 1}, "a-b-c-1.pdf"),
    ],
)
def test_a_document_s_file_has_a_name_that_any_system_takes(document: dict[str, Any], name: str) -> None:
    assert name_of(document, Paper(b"", "application/pdf")) == name
