"""The view of config: records replace one another, old views stay as they were, and reading happens once."""

import pytest
from automation.knowledge import RuleSetUnknown
from automation.reading import read_rule
from automation.testing import NOW, PIPELINE, REF, at, pipeline, record, rule, rules, shop
from contracts.config import ConfigChanged
from contracts.rules import RuleSetRef


def test_later_record_replaces_the_one_of_the_same_key_and_the_old_view_stays() -> None:
    before = shop()
    after = before.with_([record("portal", "portal", {"zone": "Asia/Tokyo"}, revision=9)])
    assert (before.portal.zone, after.portal.zone) == ("Europe/Lisbon", "Asia/Tokyo")
    assert (before.revision, after.revision) == (1, 9)
    assert after.people is before.people


def test_deleted_record_is_gone() -> None:
    gone = ConfigChanged(kind="person", id="ann", revision=2, deleted=True, changed_at=NOW)
    old_set = ConfigChanged(kind="rule-set", id=f"{PIPELINE}/1", revision=3, deleted=True, changed_at=NOW)
    after = shop(rule("greet")).with_([gone, old_set])
    assert "ann" not in after.people
    assert after.rule(REF, rule("greet").id) is None


def test_kinds_that_mean_nothing_to_decisions_only_raise_the_revision() -> None:
    assert shop().with_([record("clock", "clock", {}, revision=5)]).revision == 5


def test_rules_come_in_their_order_without_the_disabled_ones() -> None:
    knowledge = shop(rule("a"), rule("b", enabled=False), rule("c"))
    assert [one.key for one in knowledge.rules(REF, "new")] == ["a", "c"]
    assert knowledge.rules(REF, "paid") == ()
    disabled = knowledge.rule(REF, rule("b").id)
    assert disabled is not None
    assert not disabled.enabled
    assert knowledge.owner(REF) == "ann"


def test_unknown_rule_set_is_an_error_and_number_zero_has_no_rules() -> None:
    assert shop().rules(RuleSetRef(pipeline=PIPELINE, number=0), "new") == ()
    with pytest.raises(RuleSetUnknown, match="deal/retail/7 is not known at revision 1"):
        shop().rules(RuleSetRef(pipeline=PIPELINE, number=7), "new")


def test_documents_of_a_rule_are_read_once() -> None:
    knowledge = shop(rule("greet"))
    (greet,) = knowledge.rules(REF, "new")
    later = knowledge.with_([rules(rule("greet"), number=2)])
    assert read_rule(greet, knowledge) is read_rule(greet, later)


@pytest.mark.parametrize(
    ("scope", "of", "paused"),
    [
        ("rule", str(rule("greet").id), True),
        ("rule", str(rule("other").id), False),
        ("pipeline", PIPELINE, True),
        ("pipeline", "deal/other", False),
        ("all", "", True),
    ],
)
def test_pauses_hold_a_rule_a_pipeline_or_everything(scope: str, of: str, *, paused: bool) -> None:
    key = f"{scope}/{of}"
    knowledge = shop(extra=(record("pause", key, {"scope": scope, "of": of}),))
    assert knowledge.is_paused(rule("greet").id, PIPELINE) is paused
    resumed = knowledge.with_([record("pause", key, {"scope": scope, "of": of, "paused": False})])
    assert not resumed.is_paused(rule("greet").id, PIPELINE)


def test_working_time_follows_the_calendar_and_is_laid_out_once() -> None:
    before = shop()
    assert before.working_time() is before.working_time()
    weekly = {"0": [["12:00", "20:00"]]}
    after = before.with_([record("calendar", "portal", {"id": "portal", "zone": "Europe/Lisbon", "weekly": weekly})])
    assert before.working_time().next_moment(at("2026-03-02T07:00")) == at("2026-03-02T09:00")
    assert after.working_time().next_moment(at("2026-03-02T07:00")) == at("2026-03-02T12:00")
    assert after.working_time("ann").next_moment(at("2026-03-02T07:00")) == at("2026-03-02T12:00")


def test_working_time_of_a_person_has_their_hours_zone_and_absences_and_the_portals_holidays() -> None:
    weekly = {str(day): [["10:00", "16:00"]] for day in range(5)}
    away = [{"first": "2026-03-03", "last": "2026-03-04"}]
    own = {"id": "ann", "name": "Ann", "zone": "Atlantic/Azores", "weekly": weekly, "absences": away}
    holiday = {
        "id": "portal",
        "zone": "Europe/Lisbon",
        "weekly": {"4": [["09:00", "18:00"]]},
        "holidays": ["2026-03-05"],
    }
    before = shop(extra=(record("calendar", "portal", holiday), record("person", "ann", own)))
    hours = before.working_time("ann")
    assert hours is before.working_time("ann")
    assert hours.next_moment(at("2026-03-02T00:00")) == at("2026-03-02T11:00")
    assert hours.next_moment(at("2026-03-02T17:00")) == at("2026-03-06T11:00")
    assert before.working_time("rui") is before.working_time("nobody") is before.working_time()
    back = before.with_([record("person", "ann", {**own, "absences": []})])
    assert back.working_time("ann").next_moment(at("2026-03-02T17:00")) == at("2026-03-03T11:00")
    workday = before.with_([record("calendar", "portal", {**holiday, "holidays": []})])
    assert workday.working_time("ann").next_moment(at("2026-03-02T17:00")) == at("2026-03-05T11:00")


def test_triggers_are_found_by_their_kind_of_signal() -> None:
    own = {"id": str(rule("x").id), "key": "x", "on": "invoice.paid"}
    off = {"id": str(rule("y").id), "key": "y", "on": "invoice.paid", "enabled": False}
    knowledge = shop(extra=(pipeline(triggers={"paid": [own, off]}),))
    assert [(stage, one.key) for _, stage, one in knowledge.triggers_on("invoice.paid")] == [("paid", "x")]
    assert knowledge.triggers_on("form.submitted") == ()
    assert shop().triggers_on("invoice.paid") == ()
