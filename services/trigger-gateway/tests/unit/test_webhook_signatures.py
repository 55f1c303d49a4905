"""Standard Webhooks as its own library signs, ed25519, HMACs as senders write them, and what must not pass for one."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from contracts.webhooks import Hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook
from trigger_gateway.knocks import Knock
from trigger_gateway.sources.signatures import is_hmac, is_standard

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NEW, OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xk"
BODY = '{"order": {"id": 7}, "name": "Lúcia 安"}'.encode()
GITHUB = Hmac(header="X-Hub-Signature-256", prefix="sha256=")


def signed(*secrets: str, body: bytes = BODY, late: float = 0, id_: str = "msg_1") -> Knock:
    at = AT - timedelta(seconds=late)
    signatures = " ".join(Webhook(secret).sign(id_, at, body.decode()) for secret in secrets)
    headers = {"webhook-id": id_, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signatures}
    return Knock(body, headers, AT)


def changed(knock: Knock, **headers: str) -> Knock:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Knock(knock.body, {**knock.headers, **named}, knock.at)


def test_a_signature_of_the_standards_own_library_holds() -> None:
    assert is_standard(signed(NEW), [NEW])
    assert is_standard(signed(NEW), [NEW.removeprefix("whsec_")])


@pytest.mark.parametrize("late", [0, 300, -300])
def test_five_minutes_either_way_are_tolerated(late: int) -> None:
    assert is_standard(signed(NEW, late=late), [NEW])


@pytest.mark.parametrize("late", [301, -301, 86_400])
def test_what_was_signed_long_ago_or_for_later_is_refused(late: int) -> None:
    assert not is_standard(signed(NEW, late=late), [NEW])


def test_two_secrets_are_valid_at_once_on_either_side() -> None:
    assert is_standard(signed(OLD), [NEW, OLD])
    assert is_standard(signed(OLD, NEW), [NEW])
    assert not is_standard(signed(OLD), [NEW])


@pytest.mark.parametrize("empty", ["", "whsec_"])
def test_an_empty_secret_signs_nothing(empty: str) -> None:
    good = signed(NEW)
    made = b"msg_1.%b.%b" % (good.headers["webhook-timestamp"].encode(), BODY)
    forged = f"v1,{base64.b64encode(hmac.digest(b'', made, 'sha256')).decode()}"
    assert not is_standard(changed(good, webhook_signature=forged), [empty])
    assert not is_hmac(GITHUB, {"x-hub-signature-256": f"sha256={hmac.digest(b'', BODY, 'sha256').hex()}"}, BODY, [""])


def test_whatever_is_changed_the_signature_holds_no_more() -> None:
    good = signed(NEW)
    assert not is_standard(Knock(BODY + b" ", good.headers, AT), [NEW])
    assert not is_standard(changed(good, webhook_id="msg_2"), [NEW])
    assert not is_standard(changed(good, webhook_timestamp=str(int(AT.timestamp()) - 1)), [NEW])
    assert not is_standard(good, [])


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,\xff", "v2,AAAA", "v1a,AAAA", ",", " " * 99, "v1,A=" * 500])
def test_a_malformed_list_of_signatures_is_refused_without_an_error(signature: str) -> None:
    assert not is_standard(changed(signed(NEW), webhook_signature=signature), [NEW, "whpk_AAAA", "whpk_ü"])


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "1.5", "9" * 400, "١٢٣"])
def test_a_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    assert not is_standard(changed(signed(NEW), webhook_timestamp=timestamp), [NEW])


def test_a_version_that_says_something_else_does_not_hold() -> None:
    good = signed(NEW)
    assert not is_standard(
        changed(good, webhook_signature=good.headers["webhook-signature"].replace("v1,", "v1a,")), [NEW]
    )


def test_an_asymmetric_signature_holds_by_the_senders_public_key() -> None:
    private = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    good = signed(NEW)
    content = f"msg_1.{good.headers['webhook-timestamp']}.".encode() + BODY
    asymmetric = "v1a," + base64.b64encode(private.sign(content)).decode()
    assert is_standard(changed(good, webhook_signature=asymmetric), [public])
    assert is_standard(changed(good, webhook_signature=f"v1,AAAA {asymmetric}"), [NEW, public])
    assert not is_standard(changed(good, webhook_signature=asymmetric, webhook_id="msg_2"), [public])
    assert not is_standard(good, [public])


def test_githubs_documented_example_holds() -> None:
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    assert is_hmac(GITHUB, {"x-hub-signature-256": signature}, body, ["another", secret])
    assert is_hmac(GITHUB, {"x-hub-signature-256": signature.upper().replace("SHA256", "sha256")}, body, [secret])
    assert is_hmac(GITHUB, {"x-hub-signature-256": f"sha256=00, {signature}"}, body, [secret])
    for wrong in ("", signature.removeprefix("sha256="), signature[:-1], "sha256=", f"sha1={signature}", "\xff"):
        assert not is_hmac(GITHUB, {"x-hub-signature-256": wrong}, body, [secret])
    assert not is_hmac(GITHUB, {"x-hub-signature-256": signature}, body + b"\n", [secret])


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_each_way_of_writing_is_read(algorithm: str, encoding: str) -> None:
    made = hmac.new(b"secret", BODY, getattr(hashlib, algorithm)).digest()
    text = made.hex() if encoding == "hex" else base64.b64encode(made).decode()
    how = Hmac.model_validate({"header": "X-S", "algorithm": algorithm, "encoding": encoding})
    assert is_hmac(how, {"x-s": text}, BODY, ["other", "secret"])
    assert not is_hmac(how, {"x-s": text}, BODY, ["other"])
