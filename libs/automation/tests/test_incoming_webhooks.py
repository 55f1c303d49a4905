"""Settings of webhooks that cannot hold are refused, and the field is named."""

from typing import Any

import pytest
from automation.documents import DocumentError
from automation.incoming_webhooks import read_settings
from contracts.config import Source

HMAC = {"header": "X-Hub-Signature-256", "prefix": "sha256="}
GOOD: dict[str, Any] = {
    "check": "hmac",
    "hmac": HMAC,
    "delivery": {"header": "X-Delivery"},
    "mapping": {
        "payload": {"total": "order.total", "agent": {"header": "User-Agent"}},
        "identities": {"phone": "customer.phone"},
        "item": "meta.deal",
        "happened_at": "created",
        "kind": {"from": "event", "means": {"paid": "payment.received"}},
    },
}


def source(settings: dict[str, Any], **more: Any) -> Source:
    secrets = {"a": "sealed"}
    return Source.model_validate(
        {"id": "shop", "kind": "webhook", "token": "t", "secrets": secrets, "settings": settings, **more}
    )


def refused(settings: dict[str, Any], **more: Any) -> DocumentError:
    with pytest.raises(DocumentError) as raised:
        read_settings(source(settings, **more))
    return raised.value


def test_settings_that_hold_are_read() -> None:
    settings = read_settings(source(GOOD))
    assert (settings.check, settings.without_id) == ("hmac", "same")
    assert settings.mapping.kind is not None
    assert read_settings(source({"check": "token"}, secrets={})).mapping.payload is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"check": "md5"}, "settings.check"),
        ({"check": "hmac", "hmac": None}, "settings.hmac"),
        ({"hmac": {**HMAC, "algorithm": "md5"}}, "settings.hmac.algorithm"),
        ({"hmac": {**HMAC, "header": "X: y"}}, "settings.hmac.header"),
        ({"delivery": "order["}, "settings.delivery"),
        ({"delivery": ""}, "settings.delivery"),
        ({"mapping": {"payload": {"total": "a..b"}}}, "settings.mapping.payload.total"),
        ({"mapping": {"payload": {"total": "max_by(a, &b) || unknown(@)"}}}, "settings.mapping.payload.total"),
        ({"mapping": {"payload": {"total": "x" * 501}}}, "settings.mapping.payload.total"),
        ({"mapping": {"payload": {"total": {"head": "X"}}}}, "settings.mapping.payload.total"),
        ({"mapping": {"identities": {"fax": "a"}}}, "settings.mapping.identities.fax"),
        ({"mapping": {"item": "}"}}, "settings.mapping.item"),
        ({"mapping": {"happened_at": "`"}}, "settings.mapping.happened_at"),
        ({"mapping": {"kind": {"from": "event", "means": {"paid": "paid"}}}}, "settings.mapping.kind.means.paid"),
        ({"mapping": {"kind": {"from": "event", "means": {}}}}, "settings.mapping.kind.means"),
        ({"mapping": {"binding": "a"}}, "settings.mapping.binding"),
        ({"verify": True}, "settings.verify"),
    ],
)
def test_what_cannot_hold_is_named_with_a_remedy(change: dict[str, Any], field: str) -> None:
    error = refused(GOOD | change)
    assert error.path.startswith(field)
    assert error.message
    assert error.fix


def test_a_signature_needs_a_secret_and_signals_a_kind_that_there_is() -> None:
    assert refused(GOOD, secrets={}).path == "secrets"
    assert refused({"check": "standard"}, secrets={}).path == "secrets"
    assert refused({"check": "token"}, signals="hook").path == "signals"
