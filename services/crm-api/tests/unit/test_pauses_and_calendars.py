"""Pauses of what there is, calendars with hours, and none deleted that something goes by."""

import pytest
from automation.testing import PIPELINE, record, rule, rules, shop
from crm_api.config.records import read_record
from crm_api.config.weeks import check_calendar_unused
from crm_api.fields import FieldError

GREET, OLD = rule("greet"), rule("old")
OFFICE = {"zone": "UTC", "weekly": {"0": [["09:00", "18:00"]]}}
SHOP = shop(
    GREET,
    extra=(
        rules(OLD, number=2),
        record("rule-set", "deal/gone/1", {"pipeline": "deal/gone", "number": 1, "stages": [], "published_by": "ann"}),
        record("calendar", "portal", {"id": "portal", **OFFICE}),
        record("calendar", "garage", {"id": "garage", **OFFICE}),
        record("calendar", "spare", {"id": "spare", **OFFICE}),
        record("resource", "van", {"id": "van", "calendar": "garage"}),
        record("resource", "room", {"id": "room"}),
    ),
)


@pytest.mark.parametrize(
    "given",
    [
        {"scope": "all"},
        {"scope": "pipeline", "of": PIPELINE},
        {"scope": "pipeline", "of": "deal/gone"},
        {"scope": "rule", "of": str(GREET.id)},
        {"scope": "rule", "of": str(OLD.id)},
        {"scope": "rule", "of": "whatever", "paused": False},
    ],
)
def test_what_is_there_can_be_paused_and_anything_resumed(given: dict[str, object]) -> None:
    assert read_record("pause", "p", dict(given), SHOP).model_dump()["of"] == given.get("of", "")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scope": "pipeline", "of": "deal/moon"}, "no pipeline 'deal/moon'"),
        ({"scope": "pipeline"}, "no pipeline ''"),
        ({"scope": "rule", "of": "greet"}, "no rule 'greet'"),
        # It would be compared as it is written, and hold nothing.
        ({"scope": "rule", "of": str(GREET.id).upper()}, "no rule"),
        ({"scope": "all", "of": PIPELINE}, "names nothing"),
    ],
)
def test_a_pause_of_what_is_not_there_is_refused_for_it_would_hold_nothing(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(FieldError, match=words) as refused:
        read_record("pause", "p", dict(given), SHOP)
    assert (refused.value.field, bool(refused.value.fix)) == ("of", True)


@pytest.mark.parametrize("weekly", [{}, {"0": []}, {"0": [], "6": []}])
def test_a_calendar_by_which_nobody_ever_works_is_refused(weekly: dict[str, object]) -> None:
    with pytest.raises(FieldError, match="no working hours") as refused:
        read_record("calendar", "shop", {"zone": "UTC", "weekly": weekly}, SHOP)
    assert (refused.value.field, "one day at least" in refused.value.fix) == ("weekly", True)
    some = {**weekly, "1": [["09:00", "10:00"]]}
    assert read_record("calendar", "shop", {"zone": "UTC", "weekly": some}, SHOP).model_dump()["id"] == "shop"


def test_a_calendar_that_the_company_or_a_resource_goes_by_is_not_deleted() -> None:
    check_calendar_unused("spare", SHOP)
    check_calendar_unused("portal", shop())
    for id_, words in (("portal", "of the company"), ("garage", "resources van")):
        with pytest.raises(FieldError, match=words) as refused:
            check_calendar_unused(id_, SHOP)
        assert (refused.value.field, bool(refused.value.fix)) == ("id", True)
