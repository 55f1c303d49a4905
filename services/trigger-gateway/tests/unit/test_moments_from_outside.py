"""Moments that senders tell: those that no clock in UTC shows are refused by their name, or left out."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import pytest
from chassis.problems import Problem
from contracts.config import Source
from contracts.webhooks import FieldMapping
from trigger_gateway.deliveries import signal_of
from trigger_gateway.kept.operations import EARLIEST, LATEST, beginning, place
from trigger_gateway.knocks import Knock
from trigger_gateway.letters.imap import read_arrival
from trigger_gateway.mapping import Mapped, read_moment
from trigger_gateway.sources import app, twilio_voice
from trigger_gateway.sources.cloudevents import STRUCTURED, read_events, read_time
from trigger_gateway.sources.source_kind import Told

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ID = UUID(int=7)
NOWHERE = ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000001+00:01", "9999-12-31T23:59:59-14:00")
EDGES = ("0001-01-01T14:00:00+14:00", "9999-12-31T09:59:59-14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")


def event(time: str) -> dict[str, Any]:
    told = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "time": time}
    [(read, _)] = read_events(Knock(json.dumps(told).encode(), {"content-type": STRUCTURED}, AT))
    return read


@pytest.mark.parametrize("written", NOWHERE)
def test_what_lies_before_or_behind_all_time_is_refused_where_the_sender_can_mend_it(written: str) -> None:
    with pytest.raises(Problem) as refused:
        event(written)
    assert (refused.value.status, refused.value.errors[0]["field"]) == (422, "time")
    with pytest.raises(Problem) as refused:
        app.moment({"happened_at": written})
    assert (refused.value.status, refused.value.errors[0]["field"]) == (422, "happened_at")


@pytest.mark.parametrize("written", NOWHERE)
def test_where_a_person_wrote_the_mapping_it_is_left_out_and_noted(written: str) -> None:
    found = Mapped(FieldMapping(happened_at="at"), "order.paid").find({"at": written}, {}, "PT")
    assert found.happened_at is None
    assert [note["field"] for note in found.notes] == ["settings.mapping.happened_at"]


@pytest.mark.parametrize("written", EDGES)
def test_the_first_and_the_last_moment_are_taken_in_utc(written: str) -> None:
    read = [read_moment(written), read_time(event(written)), app.moment({"happened_at": written})]
    assert read == [datetime.fromisoformat(written)] * 3
    assert {moment.tzinfo for moment in read if moment} == {UTC}


def test_a_call_that_tells_no_such_moment_happened_when_it_was_told() -> None:
    assert twilio_voice.moment(format_datetime(AT)) == AT
    for written in ("Fri, 31 Dec 9999 23:59:59 -1400", "Fri, 31 Dec 99999999999999999999 23:59:59 +0000", "now", ""):
        assert twilio_voice.moment(written) is None


def test_a_letter_whose_server_writes_no_such_moment_stands_in_nobody_s_way() -> None:
    assert read_arrival(b" 2-Mar-2026 10:30:00 +0100") == AT
    for written in (b"31-Dec-9999 23:59:59 -1400", b" 1-Jan-0001 00:00:00 +1400", b"yesterday", b"\xff", b""):
        assert read_arrival(written) is None


def test_a_rehearsal_puts_moments_ahead_as_far_as_there_is_time() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    shop = Source(id="shop", kind="webhook", token="t")
    signal = signal_of(shop, Told("d-1", "order.paid", last), AT, ahead=timedelta(days=30))
    assert signal is not None
    assert signal.happened_at == last


@pytest.mark.parametrize("written", NOWHERE)
def test_places_and_beginnings_of_lists_are_refused_by_their_name(written: str) -> None:
    with pytest.raises(Problem) as refused:
        place(f"{written}/{ID}")
    assert (refused.value.status, refused.value.errors[0]["field"]) == (422, "after")
    with pytest.raises(Problem) as refused:
        beginning(datetime.fromisoformat(written))
    assert (refused.value.status, refused.value.errors[0]["field"]) == (422, "since")


def test_a_part_goes_on_where_the_one_before_ended() -> None:
    assert place(f"{AT.isoformat()}/{ID}") == place(f"{AT.isoformat().replace('+', ' ')}/{ID}") == (AT, ID)
    assert (place(""), beginning(None), beginning(AT.replace(tzinfo=None))) == (LATEST, EARLIEST, AT)
