"""How late is too late, and what advertising asks for: the few lines that decide whether a client is written to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.consents import is_advertising, unwilling
from automation.documents import DocumentError
from automation.intervals import Interval
from automation.lateness import CatchUp
from automation.testing import NOW, at
from automation.wall_times import read_zone
from hypothesis import given, settings
from hypothesis import strategies as st

LISBON = read_zone("Europe/Lisbon")
MINUTE = timedelta(minutes=1)


def expires(written: str | None, due_at: datetime = NOW, *, is_message: bool = False) -> datetime | None:
    return CatchUp.read(written, is_message=is_message).expires_at(due_at, LISBON)


@pytest.mark.parametrize(
    ("written", "is_message", "late"),
    [
        (None, True, timedelta(days=1, minutes=1)),
        (None, False, None),
        ("run", True, None),
        ("run", False, None),
        ("skip", True, MINUTE),
        ("skip", False, MINUTE),
        ("run_if_late_by_at_most 2 hours", True, timedelta(hours=2, minutes=1)),
        ("run_if_late_by_at_most 2 hours 30 minutes", False, timedelta(hours=2, minutes=31)),
        ("run_if_late_by_at_most 1 week", False, timedelta(days=7, minutes=1)),
    ],
)
def test_each_way_to_catch_up_says_when_it_is_too_late(
    written: str | None, late: timedelta | None, *, is_message: bool
) -> None:
    assert expires(written, is_message=is_message) == (None if late is None else NOW + late)


def test_a_day_or_a_month_late_is_one_by_the_portals_clock() -> None:
    # The night in which summer begins is an hour shorter, the one in which it ends an hour longer.
    assert expires("run_if_late_by_at_most 1 day", at("2026-03-28T12:00")) == at("2026-03-29T11:01")
    assert expires("run_if_late_by_at_most 1 day", at("2026-10-24T11:00")) == at("2026-10-25T12:01")
    assert expires("run_if_late_by_at_most 24 hours", at("2026-03-28T12:00")) == at("2026-03-29T12:01")
    assert expires("run_if_late_by_at_most 1 month", at("2026-01-31T12:00")) == at("2026-02-28T12:01")


@settings(max_examples=50)
@given(st.integers(1, 400), st.sampled_from(["minute", "hour", "day", "week", "month"]), st.integers(0, 10**6))
def test_who_may_be_later_is_never_sooner_too_late(number: int, unit: str, minutes: int) -> None:
    due_at = at("2025-01-01T00:00") + minutes * MINUTE
    skip, short, long = (
        expires(written, due_at)
        for written in (
            "skip",
            f"run_if_late_by_at_most {number} {unit}",
            f"run_if_late_by_at_most {number + 1} {unit}s",
        )
    )
    assert skip is not None
    assert short is not None
    assert long is not None
    assert due_at < skip < short < long
    assert CatchUp.read(f"run_if_late_by_at_most {number} {unit}", is_message=True).at_most == Interval.read(
        f"{number} {unit}"
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Run", "unknown: 'Run'"),
        ("skip ", "unknown"),
        ("run_if_late_by_at_most ten days", "is not an interval"),
        ("run_if_late_by_at_most 1 working day", "not counted in working time"),
    ],
)
def test_what_is_no_way_to_catch_up_is_refused_at_its_place(written: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as refused:
        CatchUp.read(written, is_message=False)
    assert refused.value.path == "catch_up"


# --- consents ---

SAID = ["given", "refused", None]


@pytest.mark.parametrize("own", SAID)
@pytest.mark.parametrize("advertised", SAID)
@pytest.mark.parametrize("advertising", [True, False])
@pytest.mark.parametrize(("channel", "asks"), [("phone", "phone"), ("email", "email"), ("chat", "chat")])
def test_a_message_is_refused_by_a_no_and_advertising_by_all_but_a_yes(
    channel: str, asks: str, own: str | None, advertised: str | None, *, advertising: bool
) -> None:
    told = {name: said for name, said in ((asks, own), ("advertising", advertised)) if said}
    may = own != "refused" and (not advertising or advertised == "given")
    assert (unwilling({"consents": told}, "buyer", channel, advertising=advertising) == "") is may
    words = unwilling({"consents": told}, "buyer", channel, advertising=advertising)
    assert may or words.startswith("the buyer ")


@pytest.mark.parametrize("channel", ["person", "notice", "crm", "none"])
def test_what_reaches_nobody_outside_asks_nobody(channel: str) -> None:
    everything = {"consents": dict.fromkeys(("phone", "email", "chat", "advertising"), "refused")}
    assert unwilling(everything, "contact", channel, advertising=True) == ""


@pytest.mark.parametrize("channel", ["phone", "email", "chat"])
@pytest.mark.parametrize("held", [{}, {"consents": None}, {"consents": "refused"}, {"consents": ["refused"]}])
def test_without_a_record_a_message_goes_and_advertising_does_not(held: dict[str, Any], channel: str) -> None:
    assert unwilling(held, "contact", channel) == ""
    assert unwilling(held, "contact", channel, advertising=True) == "the contact did not agree to advertising"


@pytest.mark.parametrize(
    ("params", "is_it"),
    [({}, False), ({"advertising": True}, True), ({"advertising": False}, False), ({"advertising": "false"}, False)],
)
def test_only_a_plain_yes_makes_advertising(params: dict[str, Any], is_it: bool) -> None:  # noqa: FBT001
    assert is_advertising(params) is is_it
