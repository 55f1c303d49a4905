"""Updates of a Telegram bot, written by the types of python-telegram-bot: who wrote, what, and what means nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import telegram
from chassis.problems import Problem
from contracts.config import Portal, Source
from contracts.signals import Identity
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.source_kind import Setup, Told
from trigger_gateway.sources.telegram import HEADER, SOURCE

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SETUP = Setup(Source(id="shop-bot", kind="telegram", token="t"), ("old-secret", "new-secret"), Portal(country="PT"))
ANA = telegram.User(id=5512345, first_name="Ana", last_name="Reis", username="anareis", is_bot=False)
CHAT = telegram.Chat(id=5512345, type="private")


def knock(body: bytes, secret: str = "new-secret") -> Knock:
    return Knock(body, {HEADER: secret}, AT)


def update(member: str = "message", number: int = 7, **message: Any) -> bytes:
    told = {"message_id": 12, "date": AT, "chat": CHAT, "from_user": ANA} | message
    return telegram.Update(number, **{member: telegram.Message(**told)}).to_json().encode()  # type: ignore[arg-type]


def read(body: bytes, secret: str = "new-secret") -> Told:
    told = SOURCE.read(knock(body, secret), SETUP)
    assert isinstance(told, Told)
    return told


def test_a_message_tells_who_wrote_what_where_and_when() -> None:
    told = read(update(text="Do you have oak?"))
    assert (told.delivery, told.kind, told.happened_at) == ("7", "chat.message", AT)
    assert told.identities == (Identity(kind="chat", value="shop-bot:5512345"),)
    assert told.payload == {
        "channel": "shop-bot",
        "chat": "shop-bot:5512345",
        "message": "12",
        "type": "text",
        "text": "Do you have oak?",
        "name": "Ana Reis",
        "username": "anareis",
    }


@pytest.mark.parametrize(
    ("held", "type_", "text"),
    [
        ({"voice": telegram.Voice("f", "u", 3)}, "voice", "[voice]"),
        (
            {"photo": (telegram.PhotoSize("f", "u", 90, 90),), "caption": "My room"},
            "photo",
            "[photo] My room",
        ),
        ({"video_note": telegram.VideoNote("f", "u", 90, 3)}, "video_note", "[video note]"),
    ],
)
def test_what_is_no_text_stands_in_words(held: dict[str, Any], type_: str, text: str) -> None:
    payload = read(update(**held)).payload
    assert (payload["type"], payload["text"]) == (type_, text)


def test_a_contact_of_ones_own_tells_the_phone_and_one_of_another_does_not() -> None:
    own = telegram.Contact("351912345678", "Ana", user_id=ANA.id)
    told = read(update(contact=own))
    assert told.identities[1:] == (Identity(kind="phone", value="+351912345678"),)
    assert told.payload["phone"] == "+351912345678"
    other = read(update(contact=telegram.Contact("351912345678", "Rui", user_id=99)))
    assert ("phone" in other.payload, len(other.identities)) == (False, 1)


@pytest.mark.parametrize(
    "body",
    [
        update("edited_message", text="Do you have pine?"),
        update("channel_post", text="News"),
        update(text="Hi", chat=telegram.Chat(id=-100, type="group")),
        update(text="Beep", from_user=telegram.User(id=1, first_name="Bot", is_bot=True)),
        b'{"update_id": 7, "something_new": {"a": 1}}',
        b'{"update_id": 7, "message": {"text": 1}}',
        b'{"update_id": 7}',
    ],
)
def test_what_is_no_new_message_of_a_client_is_kept_without_a_signal(body: bytes) -> None:
    told = read(body)
    assert (told.delivery, told.kind, told.identities) == ("7", "", ())


@pytest.mark.parametrize("secret", ["old-secret", "new-secret"])
def test_two_secrets_are_valid_at_once(secret: str) -> None:
    assert read(update(text="Hi"), secret).kind == "chat.message"


@pytest.mark.parametrize("secret", ["", "wrong", "new-secre", "секрет"])
def test_any_other_secret_is_refused_alike(secret: str) -> None:
    with pytest.raises(Problem) as refused:
        read(update(text="Hi"), secret)
    assert (refused.value.status, refused.value.detail) == (
        401,
        "Sign the raw body with a secret that is valid now.",
    )


def test_a_source_without_a_secret_takes_nothing() -> None:
    with pytest.raises(Problem) as refused:
        SOURCE.read(knock(update(text="Hi"), ""), Setup(SETUP.source, (), SETUP.portal))
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"hello", 400),
        (b"\xff", 400),
        (b'{"a":' * 100_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"update_id":"x"}', 422),
    ],
)
def test_what_is_no_update_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(Problem) as refused:
        read(body)
    assert refused.value.status == status


def test_numbers_as_large_as_telegrams_and_texts_that_no_database_holds_are_read() -> None:
    body = json.loads(update(text="a\x00b"))
    body["message"]["chat"]["id"] = 2**52
    told = read(json.dumps(body).encode())
    assert (told.payload["chat"], told.payload["text"]) == (f"shop-bot:{2**52}", "ab")
