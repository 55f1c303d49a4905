"""What becomes of what waits, over any row of publishes: followed one publish after the other, as a person would."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from automation.knowledge import Knowledge
from automation.succession import Ends, Migrates, choices, fate, superseded
from automation.testing import PIPELINE, record, rule, shop
from contracts.config import ConfigChanged
from contracts.ids import rule_id
from contracts.rules import RuleSetRef
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

NUDGE = rule_id(PIPELINE, "new", "nudge")
STAGES = ("new", "documents")


@dataclass(frozen=True)
class Publish:
    """One publish: what it does to what waits, and the keys of its rules on each stage."""

    waiting: str
    rules: tuple[tuple[str, ...], tuple[str, ...]] = (("nudge",), ())

    def at(self, number: int, pipeline: str = PIPELINE) -> ConfigChanged:
        stages: list[dict[str, Any]] = [
            {"stage": stage, "rules": [rule(key, name=f"v{number}").model_dump() for key in keys]}
            for stage, keys in zip(STAGES, self.rules, strict=True)
        ]
        told = {"pipeline": pipeline, "number": number, "published_by": f"user:{number}", "waiting": self.waiting}
        return record("rule-set", f"{pipeline}/{number}", {**told, "stages": stages}, number)


def after(publishes: list[Publish]) -> Knowledge:
    """Know a first version and those published over it, as they come in any order."""
    told = [one.at(number) for number, one in enumerate(publishes, start=2)]
    return shop(rule("nudge"), extra=tuple(reversed(told)))


def ref(number: int) -> RuleSetRef:
    return RuleSetRef(pipeline=PIPELINE, number=number)


KEYS = st.lists(st.sampled_from(["nudge", "greet", "call"]), unique=True, max_size=3).map(tuple)
PUBLISHES = st.lists(
    st.builds(Publish, st.sampled_from(["keep", "migrate", "migrate", "cancel"]), st.tuples(KEYS, KEYS)), max_size=5
)
KEEP, MIGRATE, CANCEL = Publish("keep"), Publish("migrate"), Publish("cancel")
ELSEWHERE = Publish("migrate", (("greet",), ("nudge",)))


@settings(max_examples=50, deadline=None)
@given(PUBLISHES, st.integers(1, 3))
@example([MIGRATE, KEEP, CANCEL], 1)
@example([MIGRATE, ELSEWHERE], 1)
@example([CANCEL, MIGRATE], 2)
def test_each_later_publish_does_what_it_says_to_what_is_still_there(publishes: list[Publish], first: int) -> None:
    knowledge = after(publishes)
    lives, stands, place = True, first, 0
    for number, one in enumerate(publishes, start=2):
        if number <= first or not lives or one.waiting == "keep":
            continue
        keys = one.rules[0]
        lives = one.waiting == "migrate" and "nudge" in keys
        stands, place = number, keys.index("nudge") if lives else 0
    found = fate(ref(first), NUDGE, "new", knowledge)
    event(type(found).__name__)
    if stands == first:
        assert found is None
    elif lives:
        assert isinstance(found, Migrates)
        assert (found.ref, found.position, found.rule.id) == (ref(stands), place, NUDGE)
        assert (found.rule.name, found.words) == (
            f"v{stands}",
            f"moved to version {stands}, published by user:{stands}",
        )
    else:
        assert isinstance(found, Ends)
        assert f"version {stands}, published by user:{stands}," in found.words


@settings(max_examples=50, deadline=None)
@given(PUBLISHES, st.integers(1, 6))
def test_who_is_not_superseded_has_no_fate_and_who_has_moved_has_no_other_one(
    publishes: list[Publish], first: int
) -> None:
    knowledge = after(publishes)
    found = fate(ref(first), NUDGE, "new", knowledge)
    assert superseded(ref(first), knowledge) or found is None
    if isinstance(found, Migrates):
        assert fate(found.ref, NUDGE, "new", knowledge) is None
        assert knowledge.rules(found.ref, "new")[found.position].id == NUDGE


@pytest.mark.parametrize(
    ("publish", "words"),
    [
        (CANCEL, "cancelled by version 2, published by user:2, which ends what waited"),
        (ELSEWHERE, "cancelled by version 2, published by user:2, which has no such rule in this stage"),
    ],
)
def test_the_words_say_which_publish_ended_it_and_why(publish: Publish, words: str) -> None:
    assert fate(ref(1), NUDGE, "new", after([publish])) == Ends(words)


def test_other_pipelines_and_other_rules_have_fates_of_their_own() -> None:
    knowledge = shop(rule("nudge"), extra=(CANCEL.at(2, "deal/other"),))
    assert fate(ref(1), NUDGE, "new", knowledge) is None
    assert [one.number for one in choices("deal/other", knowledge)] == [2]
    assert isinstance(fate(ref(1), UUID(int=5), "new", after([MIGRATE])), Ends)
