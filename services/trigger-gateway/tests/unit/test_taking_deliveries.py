"""What a delivery becomes before anything is kept: its digest, its key, its signal."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis.problems import Problem
from contracts import ids
from contracts.config import Source
from contracts.signals import Identity, Sets
from trigger_gateway.deliveries import digest, key_of, signal_of
from trigger_gateway.sources.source_kind import Told

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
INVOICE = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")
PHONE = Identity(kind="phone", value="+351912345678")
SOURCE = Source(
    id="stripe", kind="stripe", token="t", sets=Sets(stage="paid"), sets_on=("payment.succeeded", "payment.authorised")
)


def told(**changes: Any) -> Told:
    whole: dict[str, Any] = {"delivery": "evt_1", "kind": "payment.succeeded", "binding": INVOICE, "payload": {"a": 1}}
    return Told(**whole | changes)


def test_the_digest_is_of_what_is_told_not_of_how() -> None:
    assert digest(told(payload={"a": 1, "b": 2})) == digest(told(payload={"b": 2, "a": 1}))
    assert digest(told(delivery="evt_2")) == digest(told())


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "payment.failed"},
        {"binding": None},
        {"payload": {"a": 2}},
        {"identities": (PHONE,)},
        {"happened_at": AT},
    ],
)
def test_whatever_else_is_told_makes_another_digest(change: dict[str, Any]) -> None:
    assert digest(told(**change)) != digest(told())


def test_a_signal_has_the_id_that_its_delivery_gives_it() -> None:
    signal = signal_of(SOURCE, told(), AT)
    assert signal is not None
    assert signal.id == ids.signal_id("stripe", "evt_1")
    assert signal.happened_at == AT


def test_the_moment_that_the_sender_tells_goes_before_that_of_receipt() -> None:
    earlier = datetime(2026, 3, 1, tzinfo=UTC)
    signal = signal_of(SOURCE, told(happened_at=earlier), AT)
    assert signal is not None
    assert signal.happened_at == earlier


def test_in_a_rehearsal_the_sender_s_moment_is_put_ahead_with_the_clock() -> None:
    earlier = datetime(2026, 3, 1, tzinfo=UTC)
    signal = signal_of(SOURCE, told(happened_at=earlier), AT, ahead=timedelta(days=30))
    assert signal is not None
    assert signal.happened_at == earlier + timedelta(days=30)


@pytest.mark.parametrize(
    ("change", "sets"),
    [({}, Sets(stage="paid")), ({"kind": "payment.failed"}, None), ({"binding": None}, None)],
)
def test_a_source_sets_only_on_its_kinds_and_only_what_is_bound(change: dict[str, Any], sets: Sets | None) -> None:
    signal = signal_of(SOURCE, told(**change), AT)
    assert signal is not None
    assert signal.sets == sets


def test_what_means_nothing_makes_no_signal() -> None:
    assert signal_of(SOURCE, told(kind=""), AT) is None


def test_a_signal_that_tells_too_much_is_a_422() -> None:
    with pytest.raises(Problem, match="a signal may have 256000") as refused:
        signal_of(SOURCE, told(payload={"text": "é" * 128_000}), AT)
    assert refused.value.status == 422


def test_the_key_is_the_item_else_the_identity_else_the_source() -> None:
    keys = []
    for change in ({"identities": (PHONE,)}, {"binding": None, "identities": (PHONE,)}, {"binding": None}):
        signal = signal_of(SOURCE, told(**change), AT)
        assert signal is not None
        keys.append(key_of(signal))
    assert keys == [str(INVOICE), "phone:+351912345678", "stripe"]
