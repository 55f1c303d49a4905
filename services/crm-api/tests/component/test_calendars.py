"""Working time is a setting of the company: hours by weekday, holidays and zone, put over HTTP and kept to by rules."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.timing import DueAt, PlanContext, read_timing
from contracts.items import Item

PATH = "/v1/config/calendar/portal"
LISBON = ZoneInfo("Europe/Lisbon")
WEEK = {str(day): [["09:00", "13:00"], ["14:00", "18:00"]] for day in range(5)}
# The evening before Christmas, a Thursday.
EVE = datetime(2026, 12, 24, 19, tzinfo=LISBON)


async def known(crm: Any) -> Knowledge:
    async with crm.process.database.transaction() as tx:
        view: Knowledge = await crm.process.config.view(tx)
        return view


async def due(crm: Any) -> datetime:
    """Give when a rule that keeps to working time is due after an entry on the eve."""
    entered = EVE.astimezone(UTC)
    item = Item.model_validate(
        {
            "id": "00000000-0000-0000-0000-000000000001",
            "type": "deal",
            "version": 1,
            "entered_at": entered,
            "created_at": entered,
        }
    )
    planned = read_timing({"working_time": "portal"}).plan(PlanContext(Facts(item, (), await known(crm)), entered))
    assert isinstance(planned, DueAt)
    return planned.at.astimezone(LISBON)


@pytest.mark.req("K9")
async def test_rules_keep_to_the_hours_weekends_and_holidays_of_the_company(crm: Any) -> None:
    calendar = {"zone": "Europe/Lisbon", "weekly": WEEK, "holidays": ["2026-12-25"]}
    assert (await crm.ann.put(PATH, json=calendar)).status_code == 200
    assert await due(crm) == datetime(2026, 12, 28, 9, tzinfo=LISBON)
    saturdays = {**calendar, "weekly": {**WEEK, "5": [["10:00", "12:00"]]}}
    assert (await crm.ann.put(PATH, json=saturdays)).status_code == 200
    assert await due(crm) == datetime(2026, 12, 26, 10, tzinfo=LISBON)
    assert (await crm.ann.put(PATH, json={**saturdays, "holidays": []})).status_code == 200
    assert await due(crm) == datetime(2026, 12, 25, 9, tzinfo=LISBON)
    assert (await crm.ann.put(PATH, json={**saturdays, "holidays": ["2026-12-26"], "country": "PT"})).status_code == 200
    assert await due(crm) == datetime(2026, 12, 28, 9, tzinfo=LISBON)


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"zone": "Mars/Phobos"}, "zone"),
        ({"holidays": ["25.12."]}, "holidays.0"),
        ({"country": "Atlantis"}, "country"),
        ({"country": "PT-99"}, "country"),
        ({"weekly": {"0": [["18:00", "09:00"]]}}, "weekly"),
        ({"weekly": {"0": [["9", "18"]]}}, "weekly"),
        ({"weekly": {}}, "weekly"),
    ],
)
async def test_a_calendar_that_cannot_be_read_is_refused(crm: Any, part: dict[str, Any], field: str) -> None:
    calendar = {"zone": "Europe/Lisbon", "weekly": WEEK, "holidays": [], **part}
    answer = await crm.ann.put(PATH, json=calendar)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_calendar_in_use_is_not_deleted_and_one_that_nothing_goes_by_is(crm: Any) -> None:
    hours = {"zone": "Europe/Lisbon", "weekly": WEEK}
    for id_ in ("portal", "garage", "spare"):
        assert (await crm.ann.put(f"/v1/config/calendar/{id_}", json=hours)).status_code == 200
    assert (await crm.ann.put("/v1/config/resource/van", json={"calendar": "garage"})).status_code == 200
    for id_, words in (("portal", "of the company"), ("garage", "van")):
        answer = await crm.ann.delete(f"/v1/config/calendar/{id_}")
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["field"], words in error["problem"]) == (422, "id", True)
    assert set((await known(crm)).calendars) == {"portal", "garage", "spare"}
    assert (await crm.ann.delete("/v1/config/calendar/spare")).status_code == 204
    assert (await crm.ann.put("/v1/config/resource/van", json={})).status_code == 200
    assert (await crm.ann.delete("/v1/config/calendar/garage")).status_code == 204
    assert (await crm.ann.delete("/v1/config/calendar/garage")).status_code == 404
