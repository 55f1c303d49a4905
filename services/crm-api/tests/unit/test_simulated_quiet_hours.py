"""In a simulation clients are left alone in quiet hours as the workers leave them alone."""

from datetime import timedelta
from typing import Any

from crm_api.simulation.running import Outcome, Trial, simulate
from crm_api.testing import month, recorded
from crm_api.testing.month import PIPELINE, Deed, Do, Json, rule, sms

DAY = timedelta(days=1)
HI = rule("hi", sms("Hi"))
BEGUN = [
    Deed(timedelta(), 1, "contact", {"name": "Ana", "phone": "+351910000001"}),
    Deed(timedelta(), 1, "deal", {"title": "Sofa", "fields": {"amount": "700 EUR"}}),
]
NIGHT = {"from": "21:00", "until": "09:30"}


def deed(days: float, do: Do, **values: Any) -> Deed:
    return Deed(days * DAY, 1, do, values)


def came_to(outcome: Outcome) -> dict[str, tuple[str, str]]:
    return {row.rule_key: (row.state, row.reason) for row in outcome.rows.values()}


def stages(**rules: Any) -> dict[str, Json]:
    return {stage: {"rules": own} for stage, own in rules.items()}


def quietly(stages: dict[str, Json], *deeds: Deed, **quiet: Any) -> Outcome:
    """Simulate it in a company that leaves its clients alone in the night; all begins at eight in Lisbon."""
    document = {
        "stages": [
            {"key": one["key"], "kind": one.get("kind", "open"), **stages.get(one["key"], {})} for one in month.STAGES
        ]
    }
    recording = recorded.recording([*BEGUN, *deeds], document=document)
    portal = {"zone": "Europe/Lisbon", "quiet": {"sms": {**NIGHT, **quiet}}}
    records = (recorded.changed("portal", "portal", portal, 900), *recorded.published(document, 1, 901))
    return simulate(recording, Trial(PIPELINE, records))


def test_in_quiet_hours_what_is_sent_and_what_follows_it_is_put_off_to_their_end() -> None:
    follows = rule("then", sms("Hi again"), {"after_previous": "1 hour"})
    [hi, then] = sorted(quietly(stages(new=[HI, follows])).rows.values(), key=lambda row: row.position)
    assert (hi.state, hi.finished_at) == ("succeeded", month.BEGIN + timedelta(minutes=90))
    assert (then.state, then.dispatched_at) == ("succeeded", month.BEGIN + timedelta(minutes=150))


def test_in_quiet_hours_what_is_important_goes_and_what_is_to_be_skipped_does_not() -> None:
    important = rule("important", {"send-sms": {"to": "contact", "text": "Here", "important": True}})
    found = quietly(stages(new=[HI, important]), over="skip")
    assert came_to(found) == {
        "hi": ("skipped", "quiet hours until 09:30 Europe/Lisbon"),
        "important": ("succeeded", ""),
    }


def test_a_leave_calls_off_what_quiet_hours_put_off() -> None:
    waits = rule("waits", sms("Hi"), {"after": "1 minute"})
    found = quietly(stages(new=[waits]), deed(1 / 48, "move", stage="talks"))
    assert came_to(found)["waits"] == ("cancelled", "left the stage: moved to talks by user:mara")
    assert came_to(quietly(stages(new=[waits]), deed(1 / 12, "move", stage="talks")))["waits"] == ("succeeded", "")


def test_what_is_put_off_for_longer_than_it_is_wanted_is_missed() -> None:
    soon = rule("soon", sms("Hi"), {"after": "1 minute"}, catch_up="run_if_late_by_at_most 1 hour")
    [(state, reason)] = came_to(quietly(stages(new=[soon]))).values()
    assert (state, reason.partition(":")[0]) == ("missed", "too late")
