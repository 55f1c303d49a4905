"""Which account an effect goes through."""

import pytest
from action_workers.connections import chosen, opened
from chassis.errors import Rejected
from chassis.secrets import Sealer
from contracts.config import Connection
from pydantic import SecretStr

SEALER = Sealer(SecretStr("c2lnbmFsYm94LXRlc3RzLWtleS0zMi1ieXRlcy1sb24="))
SMS = Connection(id="sms", provider="twilio")
OTHER = Connection(id="other", provider="twilio")
MAIL = Connection(id="mail", provider="smtp")


def by_id(*connections: Connection) -> dict[str, Connection]:
    return {c.id: c for c in connections}


def test_the_only_fitting_one_need_not_be_named() -> None:
    assert chosen(by_id(SMS, MAIL), "", {"twilio"}) is SMS


def test_a_named_one_is_taken_among_several() -> None:
    assert chosen(by_id(SMS, OTHER), "other", {"twilio"}) is OTHER


@pytest.mark.parametrize(
    ("known", "wanted", "words"),
    [
        ((), "", "no connection to twilio"),
        ((SMS, OTHER), "", "several connections fit (other, sms)"),
        ((SMS,), "gone", "there is no connection 'gone'"),
        ((SMS, MAIL), "mail", "is for smtp"),
    ],
)
def test_where_none_fits_the_words_say_what_to_do(known: tuple[Connection, ...], wanted: str, words: str) -> None:
    with pytest.raises(Rejected) as rejected:
        chosen(by_id(*known), wanted, {"twilio"})
    assert words in rejected.value.reason


def test_secrets_are_opened_for_their_place_alone() -> None:
    sealed = SEALER.seal("token", "connection/sms/auth_token")
    connection = Connection(id="sms", provider="twilio", settings={"from": "+1"}, secrets={"auth_token": sealed})
    assert opened(connection, SEALER) == {"from": "+1", "auth_token": "token"}
    elsewhere = connection.model_copy(update={"id": "other"})
    with pytest.raises(Rejected, match="enter the secret again"):
        opened(elsewhere, SEALER)


def test_a_deployment_without_key_says_so() -> None:
    with pytest.raises(Rejected, match="SECRET_KEY"):
        opened(Connection(id="sms", provider="twilio", secrets={"auth_token": "v1.x"}), None)
