"""Which rooms can be booked, when somebody is busy, and what a calendar client need not read again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.testing import NOW, record, shop
from crm_api.activities.activity import Activity
from crm_api.bookings.booking import hours
from crm_api.calendars.busy import busy
from crm_api.calendars.caching import FUTURE, PAST, headers, window
from crm_api.fields import FieldError

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def activity(n: int = 2, **more: Any) -> Activity:
    told = {"item": UUID(int=1), "kind": "meeting", "subject": "Measure", "starts_at": NOW, "zone": "Europe/Lisbon"}
    return Activity(**{**told, "id": UUID(int=n), "created_at": NOW, "changed_at": NOW, **more})


@pytest.mark.parametrize(
    ("rooms", "fix"),
    [
        ({}, "set one up first"),
        ({"old": False}, "set one up first"),
        ({"room": True, "old": False}, "use one of: room"),
        ({"van": True, "room": True}, "use one of: room, van"),
    ],
)
def test_what_cannot_be_booked_is_refused_with_what_can(rooms: dict[str, bool], fix: str) -> None:
    records = (record("resource", id_, {"id": id_, "active": active}) for id_, active in rooms.items())
    known = shop(extra=tuple(records))
    for wanted in ("old", "nothing"):
        with pytest.raises(FieldError) as refused:
            hours(wanted, known)
        assert (refused.value.field, refused.value.fix) == ("resource", fix)


@pytest.mark.parametrize(
    ("more", "minutes"),
    [
        ({"ends_at": NOW + HOUR}, 60),
        ({"kind": "call"}, 15),
        ({"kind": "email"}, 0),
        ({"kind": "note", "ends_at": NOW + HOUR}, 0),
        ({"state": "cancelled", "ends_at": NOW + HOUR}, 0),
        ({"state": "done", "ends_at": NOW + HOUR}, 0),
        ({"starts_at": NOW - HOUR, "ends_at": NOW + HOUR}, 60),
        ({"starts_at": NOW - HOUR, "ends_at": NOW}, 0),
        ({"starts_at": NOW + 2 * HOUR - MINUTE}, 1),
    ],
)
def test_somebody_is_busy_in_the_calls_and_meetings_that_are_to_come(more: dict[str, Any], minutes: int) -> None:
    spans = busy([activity(**more)], NOW, NOW + 2 * HOUR)
    assert sum((one.ends_at - one.starts_at) / MINUTE for one in spans) == minutes


def test_what_a_feed_shows_has_the_same_edges_all_day() -> None:
    morning, night = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=UTC)
    assert window(morning) == window(night) == (morning - PAST, morning + FUTURE)
    assert window(night + timedelta(microseconds=1)) != window(night)


def test_a_client_reads_again_what_has_another_name_or_version_and_nothing_else() -> None:
    shown = [activity(2), activity(3, version=4)]
    mark = headers(["Ann", "Europe/Lisbon"], shown, NOW)["ETag"]
    assert mark == headers(["Ann", "Europe/Lisbon"], shown, NOW + HOUR)["ETag"]
    others = [
        (["Ana", "Europe/Lisbon"], shown),
        (["Ann", "UTC"], shown),
        (["Ann", "Europe/Lisbon"], [activity(2, version=2), shown[1]]),
        (["Ann", "Europe/Lisbon"], shown[:1]),
        (["Ann", "Europe/Lisbon"], []),
    ]
    marks = {headers(whose, activities, NOW)["ETag"] for whose, activities in others}
    assert len(marks | {mark}) == 6


def test_a_feed_was_changed_when_the_last_of_its_activities_was_and_an_empty_one_now() -> None:
    shown = [activity(2, changed_at=NOW + HOUR), activity(3)]
    assert headers([], shown, NOW + 9 * HOUR)["Last-Modified"] == "Mon, 02 Mar 2026 11:00:00 GMT"
    assert headers([], [], NOW)["Last-Modified"] == "Mon, 02 Mar 2026 10:00:00 GMT"
