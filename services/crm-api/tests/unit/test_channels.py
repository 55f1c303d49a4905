"""Sources of messages and calls: refused, with the place, where they could take nothing or nobody could answer."""

from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.config import Connection, Source
from crm_api.config.records import check_source
from crm_api.fields import FieldError

KNOWN = Knowledge(connections={"bot": Connection(id="bot", provider="telegram")})
SECRET = {"secret": "sealed"}


def source(kind: str, secrets: dict[str, str] = SECRET, **settings: Any) -> Source:
    return Source(id="s", kind=kind, token="t", secrets=secrets, settings=settings)


@pytest.mark.parametrize(
    "fine",
    [
        source("telegram"),
        source("telegram", connection="bot"),
        source("twilio-voice"),
        source("twilio-voice", say="Olá", dial="+351911111111", timeout=15, missed="Até logo", language="pt-PT"),
        source("twilio-voice", dial="sip:desk@shop.example"),
    ],
)
def test_what_can_be_read_is_taken(fine: Source) -> None:
    check_source(fine, KNOWN)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (source("telegram", {}), "secrets"),
        (source("twilio-voice", {}), "secrets"),
        (source("telegram", connection="other"), "settings.connection"),
        (source("telegram", conection="bot"), "settings.conection"),
        (source("twilio-voice", dial="911 111 111"), "settings.dial"),
        (source("twilio-voice", timeout=1), "settings.timeout"),
        (source("twilio-voice", say="x" * 3001), "settings.say"),
    ],
)
def test_what_is_wrong_is_named(wrong: Source, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_source(wrong, KNOWN)
    assert refused.value.field == field
    assert refused.value.fix
