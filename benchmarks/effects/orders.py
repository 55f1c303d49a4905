"""The actions of a run, as rule-scheduler orders them: an SMS to one contact each, through the account of a pause."""

from collections.abc import Iterable
from datetime import UTC, datetime

from automation.testing import record
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.actions import PerformAction, Recipient
from contracts.config import ConfigChanged
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.messages import Message

from benchmarks.effects.provider import account

RULES = 12
TEXT = "Hello Jan{n}, your order D-{n:07d} will be ready on the 12th. Questions? Just reply."


def connection(url: str, pause: int) -> ConfigChanged:
    """Give the connection to the account that answers after so many milliseconds."""
    settings = {"base_url": url, "account_sid": account(pause), "auth_token": "token", "from": "+15005550006"}
    id_ = named(pause)
    return record("connection", id_, {"id": id_, "provider": "twilio", "settings": settings})


def named(pause: int) -> str:
    """Name the connection of a pause."""
    return f"after-{pause}"


def orders(outbox: Outbox, numbers: Iterable[int], pause: int) -> list[Message]:
    """Make the messages that order so many SMS."""
    return [order(outbox, n, pause) for n in numbers]


def order(outbox: Outbox, n: int, pause: int) -> Message:
    """Make the message that orders one SMS."""
    now, event, contact = datetime.now(UTC), new_id(), new_id()
    to = Recipient(whom=f"contact:{contact}", name=f"Jan{n}", address=f"+3519{n % 10**8:08d}", contact=contact)
    action = PerformAction(
        execution=new_id(),
        item=new_id(),
        item_type="deal",
        activation=1,
        rule=derived("rule", n % RULES),
        rule_key="ready",
        action="send-sms",
        connection=named(pause),
        recipients=(to,),
        params={"text": TEXT.format(n=n)},
        due_at=now,
        config=0,
    )
    about = About(now, Cause(event, event), persons=(contact,), id=event)
    return outbox.message(topics.ACTIONS["sms"], action.item, action, about)
