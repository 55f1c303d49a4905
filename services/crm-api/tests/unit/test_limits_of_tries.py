"""Tries of connections: how often one may ask, which worker is asked, and what a person reads meanwhile."""

from datetime import datetime, timedelta

import pytest
from automation.testing import NOW
from contracts.config import Connection
from contracts.tries import TRIED_BY
from crm_api.tries import ANSWERS_WITHIN, MOST, MOST_BY_PERSON, WINDOW, as_it_stands, begun, too_soon
from hypothesis import given, settings
from hypothesis import strategies as st

ACCOUNT = Connection(id="mail", provider="smtp")
# When earlier ones were, in seconds before now, as the store gives them: in order, and within the window.
EARLIER = st.lists(st.integers(1, 59), max_size=30).map(
    lambda ago: [NOW - timedelta(seconds=s) for s in sorted(ago, reverse=True)]
)


def within(asked: list[datetime], at: datetime) -> list[datetime]:
    return [one for one in asked if one > at - WINDOW]


@settings(max_examples=50, deadline=None)
@given(EARLIER, EARLIER)
def test_who_waits_as_long_as_told_may_ask_and_not_a_moment_before(
    of_connection: list[datetime], of_person: list[datetime]
) -> None:
    wait = too_soon(of_connection, of_person, NOW)
    if wait is None:
        assert (len(of_connection) < MOST, len(of_person) < MOST_BY_PERSON) == (True, True)
        return
    assert timedelta() < wait < WINDOW
    then, before = NOW + wait, NOW + wait - timedelta(microseconds=1)
    assert too_soon(within(of_connection, then), within(of_person, then), then) is None
    assert too_soon(within(of_connection, before), within(of_person, before), before) is not None


def test_a_try_waits_for_its_worker_and_then_says_that_none_answered() -> None:
    one = begun(ACCOUNT, draft=False, by="ann", now=NOW)
    assert (one.outcome, one.asked_by, one.connection) == (None, "ann", "mail")
    last = NOW + ANSWERS_WITHIN
    assert as_it_stands(one, last).outcome is None
    assert "'email' are asked" in as_it_stands(one, last).words
    late = as_it_stands(one, last + timedelta(microseconds=1))
    assert (late.outcome, late.id) == ("unavailable", one.id)
    assert "no worker of the kind 'email' answered within 30 seconds" in late.words


def test_an_answer_stands_however_late_one_looks() -> None:
    answered = begun(ACCOUNT, draft=True, by="ann", now=NOW).model_copy(update={"outcome": "works", "words": "hello"})
    assert as_it_stands(answered, NOW + timedelta(days=1)) == answered


def test_a_provider_that_nobody_knows_ends_at_once_in_words_that_name_the_known_ones() -> None:
    one = begun(Connection(id="x", provider="pigeon"), draft=True, by="ann", now=NOW)
    assert (one.outcome, one.answered_at, one.draft) == ("refused", NOW, True)
    assert all(provider in one.words for provider in ("pigeon", *TRIED_BY))
    assert as_it_stands(one, NOW + timedelta(days=1)) == one


@pytest.mark.parametrize("provider", sorted(TRIED_BY))
def test_every_known_provider_is_asked(provider: str) -> None:
    assert begun(Connection(id="x", provider=provider), draft=False, by="ann", now=NOW).outcome is None
