"""Every kind of timing on the whole live system, lived through in a rehearsal, its moments stated to the second."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from click.testing import CliRunner, Result
from signalbox.main import main
from signalbox.rehearsal import Stepping

from deploy.local.rehearsing import variables
from tests.integration.operators import Operator
from tests.integration.spring import LISBON, Spring, at, moment, ran
from tests.integration.world import World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
pytestmark = pytest.mark.timeout(1800)  # the spring itself is lived in the first of them


@pytest.fixture(scope="module")
async def spring(rehearsal: tuple[World, Stepping]) -> Spring:
    lived = Spring(*rehearsal)
    await lived.live()
    return lived


@pytest.mark.req("B1", "B2")
async def test_delays_count_from_the_entry_and_days_keep_the_wall_time_over_a_change_of_clocks(spring: Spring) -> None:
    entered = spring.entered("delays")
    assert await spring.ran("delays", "at-once") == entered
    assert await spring.ran("delays", "half-hour") == entered + 30 * MINUTE
    # Between two moments of one zone, Python tells the difference of the wall times; in UTC time elapses.
    assert await spring.ran("delays", "days") == entered + 4 * DAY
    assert (await spring.ran("delays", "days")).astimezone(UTC) == entered.astimezone(UTC) + 95 * HOUR
    assert (await spring.ran("delays", "hours")).astimezone(UTC) == entered.astimezone(UTC) + 96 * HOUR
    assert await spring.ran("delays", "month") == entered.replace(month=4)


@pytest.mark.req("B6", "B11")
async def test_an_exact_moment_is_kept_and_one_outside_working_time_moves_on_to_it(spring: Spring) -> None:
    assert await spring.ran("delays", "moment") == at("04-05T17:30")
    assert await spring.ran("delays", "moment-there") == at("04-05T09:30")
    assert await spring.ran("delays", "open-moment") == at("04-08T09:00")


@pytest.mark.req("B2", "B10", "B11")
async def test_in_working_time_neither_nights_nor_weekends_nor_holidays_count(spring: Spring) -> None:
    entered = spring.entered("delays")
    assert await spring.ran("delays", "working-hours") == entered + DAY + 2 * HOUR
    assert await spring.ran("delays", "working-days") == entered.replace(month=4, day=2)
    assert spring.entered("weekend").isoweekday() == 6
    assert await spring.ran("weekend", "next-moment") == at("04-02T09:00")
    assert await spring.ran("weekend", "half-hour") == at("04-02T09:30")
    assert await spring.ran("weekend", "his-half-hour") == at("04-02T11:30")


@pytest.mark.req("B10")
async def test_a_holiday_that_is_added_while_a_rule_waits_counts_from_its_start(spring: Spring) -> None:
    row = await spring.row("delays", "later-holiday")
    assert ran(row) == spring.entered("delays").replace(month=4, day=12)
    first, last = row["notes"][0], row["notes"][-1]
    assert moment(last, "old") == moment(first, "new") == spring.entered("delays").replace(month=4, day=11)


@pytest.mark.req("B3", "B5", "B11")
async def test_dates_of_the_item_and_of_what_it_links_to_count_backwards_and_forwards(spring: Spring) -> None:
    assert await spring.ran("dates", "payment") == at("04-09T15:00")
    assert await spring.ran("dates", "thanks") == at("04-12T09:30")
    # Easter Sunday moves back over Good Friday to the Thursday, and from there a working day.
    assert await spring.ran("dates", "signing") == at("04-17T11:00")


@pytest.mark.req("B5")
async def test_a_date_of_a_linked_invoice_that_moves_takes_the_rule_along(spring: Spring) -> None:
    row = await spring.row("dates", "invoice")
    assert ran(row) == at("04-19T12:00")
    assert (moment(row["notes"][-1], "old"), "invoice" in row["notes"][-1]["cause"]) == (at("04-17T12:00"), True)


@pytest.mark.req("B4")
async def test_the_client_s_next_birthday_counts_and_then_that_of_the_next_year(spring: Spring) -> None:
    this, next_ = await spring.rows("dates", "birthday")
    assert ran(this) == at("04-13T10:00")
    assert (next_["state"], next_["details"]["occurrence"]) == ("waiting", "2031")
    assert moment(next_) == at("04-13T10:00").replace(year=2031)


@pytest.mark.req("B3")
async def test_a_date_that_is_over_is_skipped_before_it_and_run_late_after_it(spring: Spring) -> None:
    over = await spring.row("dates", "over")
    assert (over["state"], "was over" in over["reason"]) == ("skipped", True)
    late = await spring.row("dates", "over-but-run")
    assert (late["state"], moment(late)) == ("succeeded", at("03-21T00:00"))
    assert "it runs late" in late["notes"][0]["cause"]


@pytest.mark.req("B3")
async def test_a_date_may_be_filled_changed_and_cleared_and_the_rule_follows_it(spring: Spring) -> None:
    row = await spring.row("renewals", "renew")
    assert ran(row) == at("04-11T10:00")
    told = [note["new"] and moment(note, "new") for note in row["notes"] if note["old"] or note["new"]]
    assert told == [at("04-04T10:00"), at("04-08T10:00"), None, at("04-11T10:00")]


@pytest.mark.req("B11", "B14")
async def test_what_recurs_comes_on_its_days_in_working_time_and_not_on_a_holiday(spring: Spring) -> None:
    *came, last = await spring.rows("rhythm", "weekly")
    assert [ran(row) for row in came] == [at(f"04-{day}T09:00") for day in ("04", "08", "11")]
    assert (last["state"], moment(last)) == ("cancelled", at("04-15T09:00"))


@pytest.mark.req("B7", "B9")
async def test_a_chain_goes_from_the_mail_to_the_call_and_to_the_second_mail(spring: Spring) -> None:
    rows = [await spring.row("chain", rule) for rule in ("mail", "call", "mail-again")]
    assert ran(rows[0]) == spring.entered("chain")
    for (before, after), length in zip(pairwise(rows), (DAY, 2 * DAY), strict=True):
        assert ran(after) == moment(before, "finished_at").astimezone(LISBON) + length


@pytest.mark.req("B8")
async def test_after_a_mail_that_was_refused_nothing_is_scheduled(spring: Spring) -> None:
    assert (await spring.row("refused", "mail"))["state"] == "failed"
    for rule in ("call", "mail-again"):
        row = await spring.row("refused", rule)
        assert (row["state"], row["due_at"]) == ("blocked", None)
    assert await spring.crm.tasks(spring.deals["refused"]["id"]) == []


async def test_a_wait_ends_with_the_signal_or_when_its_time_is_up(spring: Spring) -> None:
    heard = await spring.row("waits", "answer")
    assert ran(heard).replace(microsecond=0, second=0) == at("03-30T09:00")
    assert (await spring.row("waits", "give-up"))["state"] == "blocked"
    asked, silent = await spring.row("silent", "ask"), await spring.row("silent", "answer")
    assert silent["state"] == "skipped"
    assert moment(silent) == moment(asked, "finished_at").astimezone(LISBON) + 3 * DAY
    assert await spring.ran("silent", "give-up") == moment(silent, "finished_at").astimezone(LISBON) + HOUR


@pytest.mark.req("I3")
async def test_what_a_client_sends_is_weighed_together_once_it_has_been_quiet(spring: Spring) -> None:
    deal = spring.deals["settled"]["id"]
    first, last = sorted(datetime.fromisoformat(row["at"]) for row in await spring.world.lines(deal, "signal"))
    [begun] = await spring.world.lines(deal, "settling")
    [settled] = await spring.world.lines(deal, "settled")
    [moved] = await spring.world.lines(deal, "moved")
    assert (datetime.fromisoformat(begun["at"]), settled["details"]["signals"]) == (first, 2)
    assert settled["at"] == moved["at"]
    assert 0 <= (datetime.fromisoformat(moved["at"]) - last - 2 * HOUR).total_seconds() < 60


@pytest.mark.req("B15", "D3")
async def test_the_supervisor_hears_of_what_is_not_moved_and_of_what_stays_too_long(spring: Spring) -> None:
    [change] = [row for row in await spring.world.lines(spring.deals["control"]["id"], "changed") if "wish" in str(row)]
    assert await spring.ran("control", "unmoved") == moment(change, "at").astimezone(LISBON) + 3 * DAY
    assert await spring.ran("control", "longest-stay") == spring.entered("control") + 4 * DAY
    tasks = await spring.crm.tasks(spring.deals["control"]["id"])
    assert [(task["assignee"], task["title"]) for task in tasks] == [("mara", "Rui Costa lets Pine shelf lie")] * 2
    assert await spring.ran("control", "hand-over") == spring.entered("control") + 6 * DAY
    assert (await spring.crm.item(spring.deals["control"]["id"]))["stage"] == "taken"


async def test_a_provider_that_is_busy_is_asked_again_when_it_said(spring: Spring) -> None:
    row = await spring.row("busy", "text")
    assert ran(row) == spring.entered("busy")
    waited = moment(row, "finished_at") - moment(row, "dispatched_at")
    assert HOUR <= waited < HOUR + MINUTE
    assert await spring.world.sms_to(spring.deals["busy"]["phone"]) == ["For Rita Silva"]


async def test_a_leave_cancels_what_does_not_stay_and_the_next_entry_plans_all_afresh(spring: Spring) -> None:
    entered = spring.entered("leaving")
    cancelled, goes = await spring.rows("leaving", "goes")
    assert (cancelled["state"], moment(cancelled)) == ("cancelled", entered + DAY)
    assert "moved to next by user:manager" in cancelled["reason"]
    stays, again = await spring.rows("leaving", "stays")
    assert ran(stays) == entered + DAY
    assert ran(goes) == ran(again)
    assert ran(again).replace(microsecond=0, second=0) == at("03-29T11:00")


async def test_what_is_paused_is_held_and_drains_by_its_own_policy(spring: Spring) -> None:
    for rule in ("dropped", "too-late"):
        assert (await spring.row("paused", rule))["state"] == "missed"
    for rule in ("late", "not-too-late"):
        late = await spring.row("paused", rule)
        assert (late["state"], moment(late)) == ("succeeded", spring.entered("paused") + DAY)
        assert moment(late, "dispatched_at") >= at("04-01T12:00")
    *missed, latest, next_, gone = await spring.rows("paused", "mornings")
    assert [(row["state"], moment(row)) for row in missed] == [
        ("missed", at(f"03-{day}T10:00")) for day in (28, 29, 30, 31)
    ]
    assert (latest["state"], moment(latest)) == ("succeeded", at("04-01T10:00"))
    assert ran(next_) == at("04-02T10:00")
    assert (gone["state"], moment(gone)) == ("cancelled", at("04-03T10:00"))


@pytest.mark.req("B16")
async def test_a_trigger_s_move_starts_the_rules_of_its_stage_from_that_moment(spring: Spring) -> None:
    item = await spring.crm.item(spring.deals["asked"]["id"])
    assert item["stage"] == "asked"
    entered = moment(item, "entered_at").astimezone(LISBON)
    assert await spring.ran("asked", "reply") == entered
    assert await spring.ran("asked", "soon") == entered + HOUR


@pytest.mark.req("B12")
async def test_nothing_is_early_nothing_is_lost_over_a_restart_and_nothing_comes_twice(spring: Spring) -> None:
    for deal in spring.deals.values():
        rows = await spring.world.lines(deal["id"], "rule")
        done = [row for row in rows if row["state"] == "succeeded"]
        assert all(moment(row, "dispatched_at") >= moment(row) for row in done)
        assert all(len(row["effects"]) <= 1 for row in done)
        tasks = [row for row in done if row["action"] == "create-task"]
        assert len(await spring.crm.tasks(deal["id"])) == len(tasks)


async def test_when_it_is_quiet_all_services_say_the_same(spring: Spring) -> None:
    await spring.clock.quiet.wait()
    assert [one.line() for one in await Operator(spring.world).disagreements()] == []


async def test_the_command_goes_to_the_next_due_moment_and_tells_it(spring: Spring) -> None:
    status = await typed(spring, "status")
    assert status.exit_code == 0, status.output
    assert "Sun 2031-04-13 10:00:00 WEST  1 rule\n" in status.output
    assert "not quiet" not in status.output
    gone = await typed(spring, "to", "2031-04-14T09:00[Europe/Lisbon]")
    assert gone.exit_code == 0, gone.output
    first, second, sum_ = gone.output.splitlines()[-3:]
    assert first == "Sun 2031-04-13 10:00:00 WEST  1 rule"
    assert second == "Mon 2031-04-14 09:00:00 WEST  nothing"
    assert sum_.startswith("2 steps in ")
    assert ran((await spring.rows("dates", "birthday"))[1]) == at("04-13T10:00").replace(year=2031)
    back = await typed(spring, "to", "2031-04-01")
    assert (back.exit_code, "the clock never goes back" in back.output) == (1, True)


async def test_a_service_that_does_not_follow_is_named(spring: Spring) -> None:
    spring.world.installation.stop("trigger-gateway.all")
    went = await typed(spring, "advance", "1d", "--patience", "1")
    assert went.exit_code == 1
    # Others may be late, too; this one never comes: its group is named, or its copy of the config.
    assert "Error: not quiet after 1 s: " in went.output
    assert "trigger-gateway" in went.output
    assert "does it run?" in went.output


async def typed(spring: Spring, *words: str) -> Result:
    """Type the command as an operator would."""
    named = variables(spring.world.installation)
    return await asyncio.to_thread(CliRunner().invoke, main, ["rehearse", *words], env=named)
