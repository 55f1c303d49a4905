"""What people read of an account that was tried: what to do, how long to wait, and never a secret."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from action_workers.answers import Busy, Down, Uncertain
from action_workers.guarded import NotAllowed
from action_workers.providers.accounts import Works
from action_workers.providers.google import Google
from action_workers.providers.twilio import Twilio
from action_workers.trying import HIDDEN, LONGEST, Tried, checked, failure, secrets_of, without_secrets
from chassis.errors import Rejected, Retryable
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override


def twilio(token: str) -> Twilio:
    return Twilio.of("sms", {"account_sid": "AC1", "auth_token": token, "from": "+1"})


class Answering(Twilio):
    """An account whose check comes to what a test says."""

    answer: Works | Exception | None = None

    @override
    async def check(self) -> Works:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # the others may have nothing to ask


def account(answer: Works | Exception | None) -> Answering:
    made = Answering.of("sms", {"account_sid": "AC1", "auth_token": "t", "from": "+1"})
    made.answer = answer
    return made


@pytest.mark.parametrize(
    ("error", "outcome", "words"),
    [
        (Rejected("check the token"), "refused", "check the token"),
        (NotAllowed("it leads inside"), "refused", "it leads inside"),
        (Down("it is down"), "unavailable", "it is down; try again later"),
        (Busy("too much", after=timedelta(seconds=90)), "unavailable", "too much; it asks to wait for 90 s"),
        (Busy("too much", after=timedelta()), "unavailable", "too much; try again later"),
        (Retryable("later"), "unavailable", "later; try again later"),
        (Uncertain("it did not answer"), "unavailable", "it did not answer; try again later"),
        (TimeoutError(), "unavailable", "no answer within 10 s; check the address"),
    ],
)
async def test_whatever_stands_against_an_account_says_what_to_do(error: Exception, outcome: str, words: str) -> None:
    for tried in (failure(error, 10.0), await checked(account(error), 10.0)):
        assert (tried.outcome, tried.words.startswith(words)) == (outcome, True)


async def test_a_mistake_of_ours_names_its_kind_and_not_what_it_held() -> None:
    tried = await checked(account(KeyError("a secret")), 10.0)
    assert tried.outcome == "unavailable"
    assert "KeyError" in tried.words
    assert "a secret" not in tried.words


async def test_an_account_with_nothing_harmless_to_ask_is_untried_and_one_that_answers_works() -> None:
    assert (await checked(account(None), 10.0)).outcome == "untried"
    tried = await checked(account(Works("it knows us", {"name": "Shop"})), 10.0)
    assert tried == Tried("works", "it knows us", {"name": "Shop"})


TOKEN = "s/cr+t=1"
ECHOES = [TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode()]


@pytest.mark.parametrize("echo", ECHOES)
def test_a_secret_is_hidden_however_a_far_end_writes_it(echo: str) -> None:
    shown = without_secrets(Tried("works", f"<{echo}> {echo}", {"name": echo}), secrets_of(twilio(TOKEN)))
    assert (shown.words, shown.account) == (f"<{HIDDEN}> {HIDDEN}", {"name": HIDDEN})


def test_a_secret_at_the_end_of_what_people_read_leaves_none_of_it() -> None:
    for before in range(LONGEST - len(TOKEN), LONGEST + 1):
        shown = without_secrets(Tried("works", "x" * before + TOKEN), secrets_of(twilio(TOKEN)))
        assert len(shown.words) <= LONGEST
        assert TOKEN[:3] not in shown.words


def test_of_two_secrets_the_longer_one_is_hidden_whole() -> None:
    google = Google.of("g", {"access_token": "abc", "refresh_token": "abcdef", "account": "1234567890"})
    assert without_secrets(Tried("works", "abcdef abc"), secrets_of(google)).words == f"{HIDDEN} {HIDDEN}"


def test_an_empty_secret_hides_nothing() -> None:
    assert without_secrets(Tried("works", "all well"), secrets_of(twilio(""))).words == "all well"


LONG = st.text(max_size=9).map(lambda text: text * 99)


@given(st.dictionaries(st.sampled_from(["name", "type"]), LONG), LONG)
@settings(max_examples=30, deadline=None)
def test_whatever_a_far_end_says_what_is_shown_has_an_end(told: Mapping[str, Any], words: str) -> None:
    shown = without_secrets(Tried("works", words, told), secrets_of(twilio(TOKEN)))
    assert all(len(one) <= LONGEST for one in (shown.words, *shown.account.values()))
    assert set(shown.account) == set(told)
