"""How an account stands after what was heard of it: closed for longer and longer, and opened by a probe."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from action_workers.answers import Accepted, Gathered, Refused, Sent, TryLater, Unknown, Word, word_of
from action_workers.traffic import standing
from action_workers.traffic.limits import Limits
from action_workers.traffic.standing import LONGEST_CLOSED, Heard, Standing
from action_workers.traffic.waiting import PATIENCE, is_long, why
from chassis.retry import Pauses

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LIMITS, PAUSES = Limits(failures=3), Pauses(first=2.0, longest=600.0, jitter=0.0)
OPEN, PROBE = Standing("twilio/sms"), UUID(int=77)


def said(word: Word, effect: int = 1, after: timedelta | None = None) -> Heard:
    return Heard(UUID(int=effect), word, f"{word} indeed", after)


def heard(before: Standing, *words: Heard, now: datetime = NOW) -> Standing:
    return standing.after(before, words, LIMITS, PAUSES, now)


def closed() -> Standing:
    return heard(OPEN, *(said("down", n) for n in range(3)))


def seconds(after: Standing, now: datetime = NOW) -> float:
    assert after.closed_until
    return (after.closed_until - now).total_seconds()


def test_failures_in_a_row_close_it_and_one_success_between_them_does_not() -> None:
    assert not heard(OPEN, said("down"), said("down")).closed(NOW)
    assert not heard(OPEN, said("down"), said("down"), said("up"), said("down"), said("down")).closed(NOW)
    assert closed().closed(NOW)
    assert (seconds(closed()), closed().why, closed().doubted) == (2.0, "down indeed", True)


def test_what_was_on_its_way_when_it_was_closed_closes_it_no_longer() -> None:
    assert heard(closed(), said("down", 8), said("down", 9)) == closed()


def test_probes_that_fail_close_it_for_longer_up_to_a_minute() -> None:
    now, account, pauses = NOW, closed(), []
    for _ in range(7):
        assert account.closed_until
        now = account.closed_until
        assert not account.closed(now)
        probing = account.probed(PROBE, now + timedelta(seconds=20))
        assert probing.closed(now)
        account = heard(probing, said("down", PROBE.int), now=now)
        pauses.append(seconds(account, now))
    assert pauses == [4.0, 8.0, 16.0, 32.0, LONGEST_CLOSED, LONGEST_CLOSED, LONGEST_CLOSED]


def test_a_probe_that_succeeds_opens_it() -> None:
    after = heard(closed().probed(PROBE, NOW + timedelta(seconds=20)), said("up", PROBE.int))
    assert after == OPEN


def test_a_wish_to_wait_closes_it_so_long_and_is_no_failure() -> None:
    after = heard(OPEN, said("down"), said("busy", after=timedelta(minutes=5)))
    assert after.busy_until == NOW + timedelta(minutes=5)
    assert (after.failures, after.doubted, after.why) == (0, False, "busy indeed")
    assert not after.closed(NOW + timedelta(minutes=5))


def test_a_success_that_was_on_its_way_does_not_end_the_wish_to_wait() -> None:
    after = heard(OPEN, said("busy", after=timedelta(minutes=5)), said("up"), said("busy", after=timedelta(minutes=1)))
    assert after.busy_until == NOW + timedelta(minutes=5)


def test_a_wish_without_a_time_is_our_first_pause_and_none_is_longer_than_a_day() -> None:
    assert heard(OPEN, said("busy")).busy_until == NOW + timedelta(seconds=2)
    assert heard(OPEN, said("busy", after=timedelta(days=90))).busy_until == NOW + timedelta(days=1)


def test_who_wants_no_breaker_has_none() -> None:
    many = [said("down", n) for n in range(50)]
    assert not standing.after(OPEN, many, Limits(failures=0), PAUSES, NOW).closed(NOW)


def test_only_what_the_provider_itself_is_to_blame_for_speaks_against_it() -> None:
    assert word_of(Sent(), touched=True) == "up"
    assert word_of(Accepted(timedelta(), "took it"), touched=True) == "up"
    assert word_of(Refused("no such number"), touched=True) == "up"
    assert word_of(Refused("no text"), touched=False) == ""
    assert word_of(Gathered("waits"), touched=True) == "up"
    assert word_of(TryLater("greylisted"), touched=True) == ""
    assert word_of(Unknown("silence", "down"), touched=True) == "down"


def test_who_waits_is_told_why_where_that_may_take_long() -> None:
    failed, later = closed(), timedelta(minutes=10)
    asked, soon = heard(OPEN, said("busy", after=later)), heard(OPEN, said("busy", after=timedelta(seconds=3)))
    assert [is_long(one, NOW, PATIENCE) for one in (OPEN, failed, asked, soon)] == [False, True, True, False]
    assert not is_long(asked, NOW + later, PATIENCE)
    assert why(failed, NOW) == (
        "waits: the account twilio/sms does not work now, and is tried again and again (down indeed)"
    )
    assert why(asked, NOW) == ("waits: the account twilio/sms takes nothing until 2026-11-22 10:10 UTC (busy indeed)")
