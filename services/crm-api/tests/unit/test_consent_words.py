"""What was said about consent: the last word holds, a refusal outweighs, and only doors of our own are heard."""

from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.testing import NOW, named, record, shop
from contracts.consents import CHANNELS, ConsentSaid, ConsentState
from contracts.signals import Signal
from crm_api.consents import after, together
from crm_api.intake.consenting import MOST, said
from crm_api.intake.consenting import named as whom
from hypothesis import given, settings
from hypothesis import strategies as st

STATES: tuple[ConsentState, ...] = ("given", "refused")
HELD = st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from(STATES))
SAID = st.lists(
    st.builds(ConsentSaid, channel=st.sampled_from(CHANNELS), state=st.sampled_from((*STATES, "unknown"))), max_size=6
).map(tuple)


@settings(max_examples=50, deadline=None)
@given(HELD, SAID)
def test_the_last_word_on_a_channel_holds_and_others_stay(
    held: dict[str, ConsentState], words: tuple[ConsentSaid, ...]
) -> None:
    now = after(held, words)
    for channel in CHANNELS:
        states = [one.state for one in words if one.channel == channel]
        last = states[-1] if states else held.get(channel, "unknown")
        assert now.get(channel, "unknown") == last
    assert "unknown" not in now.values()
    assert after(now, words) == now


@settings(max_examples=50, deadline=None)
@given(HELD, HELD, HELD)
def test_of_records_made_one_a_refusal_outweighs_whoever_is_kept(
    one: dict[str, ConsentState], other: dict[str, ConsentState], third: dict[str, ConsentState]
) -> None:
    both = together(one, other)
    assert both == together(other, one)
    assert both.keys() == one.keys() | other.keys()
    for channel, state in both.items():
        assert (state == "refused") == ("refused" in (one.get(channel), other.get(channel)))
    assert together(both, third) == together(one, together(other, third))
    assert together(one, one) == dict(sorted(one.items()))


def knowledge() -> Knowledge:
    sources = [{"id": id_, "kind": kind, "token": "t"} for id_, kind in (("site", "form"), ("hook", "webhook"))]
    return shop(extra=tuple(record("source", one["id"], one) for one in sources))


def signal(kind: str = "form.submitted", source: str = "site", **payload: Any) -> Signal:
    return Signal(id=named("s"), kind=kind, source=source, happened_at=NOW, payload=payload)


YES = {"channel": "email", "state": "given", "text": "news", "version": "2"}


def test_a_form_of_ours_says_what_was_ticked_and_nonsense_beside_it_is_left_out() -> None:
    boxes: list[Any] = [YES, {"channel": "pigeon", "state": "given"}, "email", None, {"channel": "phone"}]
    assert said(signal(consents=boxes), knowledge()) == (
        ConsentSaid(channel="email", state="given", text="news", version="2"),
    )


@pytest.mark.parametrize(
    "heard",
    [
        signal(source="hook", consents=[YES]),
        signal(source="nobody", consents=[YES]),
        signal(consents={"0": YES}),
        signal(consents="email"),
        signal(),
        signal("consent.refused", channel="pigeon"),
        signal("consent.given"),
    ],
)
def test_nothing_else_says_anything(heard: Signal) -> None:
    assert said(heard, knowledge()) == ()


def test_a_form_says_at_most_so_many_things() -> None:
    assert len(said(signal(consents=[YES] * (MOST + 9)), knowledge())) == MOST


@pytest.mark.parametrize(("kind", "state"), [("consent.refused", "refused"), ("consent.given", "given")])
def test_a_link_says_what_its_kind_says_whatever_the_payload_claims(kind: str, state: ConsentState) -> None:
    heard = signal(kind, "unsubscribe", channel="email", state="unknown", text="x" * 300, version=7)
    assert said(heard, knowledge()) == (ConsentSaid(channel="email", state=state, text="x" * 100, version="7"),)


@pytest.mark.parametrize(
    ("heard", "contact"),
    [
        (signal("consent.refused", contact=str(UUID(int=7))), UUID(int=7)),
        (signal("consent.refused", contact="Ana"), None),
        (signal("consent.refused", contact={"id": 1}), None),
        (signal("consent.refused"), None),
        (signal(contact=str(UUID(int=7))), None),
    ],
)
def test_only_a_signal_of_consent_names_a_contact(heard: Signal, contact: UUID | None) -> None:
    assert whom(heard) == contact
