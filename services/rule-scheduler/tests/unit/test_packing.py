"""What a desk says travels as the outbox has it."""

from datetime import UTC, datetime

import pytest
from automation.desk.said import Said, Unsayable
from automation.testing import DEAL
from chassis.ids import new_id
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from contracts import topics
from contracts.actions import CancelAction
from contracts.envelope import Cause
from rule_scheduler.packing import packer

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
pack = packer(Outbox(Kafka("none"), "/rule-scheduler"), NOW)


def said(reason: str) -> Said:
    cause = Cause(new_id(), new_id(), hops=2, actor="service:rule-scheduler")
    data = CancelAction(execution=new_id(), item=DEAL, reason=reason)
    return Said(topics.ACTIONS["sms"], DEAL, data, cause, (new_id(), new_id()))


def test_a_message_carries_its_cause_and_whose_data_it_holds() -> None:
    one = said("left the stage")
    parcel = pack(one)
    headers = {name: value.decode() for name, value in parcel.headers}
    assert (parcel.topic, parcel.key.decode()) == ("actions.sms", str(DEAL))
    assert headers["ce_persons"].split(",") == [str(person) for person in one.persons]
    assert headers["ce_causationid"] == str(one.cause.causation)
    assert (headers["ce_hops"], headers["ce_time"]) == ("2", NOW.isoformat())


def test_what_is_too_large_to_travel_is_refused_in_words() -> None:
    with pytest.raises(Unsayable, match="900000"):
        pack(said("x" * 950_000))
