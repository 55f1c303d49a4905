"""What is left of a person's rights with a limited key, and how long it is remembered whose a key is."""

import asyncio
from itertools import permutations

import pytest
from chassis.principals import Principal
from contracts.people import Grant
from crm_api.access import signing_in
from crm_api.access.api_keys import ApiKey, Scope, Secret, principal
from crm_api.access.rights import ACTIONS, Level, Rights, of_admin
from crm_api.access.signing_in import Memory
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = ("deal", "lead", "*")
LEVELS: tuple[Level, ...] = ("read", "change")
GRANTS = st.builds(
    Grant,
    type=st.sampled_from(TYPES),
    pipeline=st.sampled_from(("deal/retail", "*")),
    actions=st.lists(st.sampled_from(ACTIONS), max_size=3).map(tuple),
    whose=st.sampled_from(("own", "department", "all")),
)
RIGHTS = st.builds(
    lambda grants, automation: Rights("user:sam", "sam", grants=tuple(grants), automation=automation),
    st.lists(GRANTS, max_size=4),
    st.dictionaries(st.sampled_from(TYPES), st.sampled_from(LEVELS)),
)
SCOPES = st.builds(
    Scope,
    actions=st.lists(st.sampled_from(ACTIONS), max_size=3).map(tuple),
    types=st.lists(st.sampled_from(TYPES), max_size=2).map(tuple),
    automation=st.sampled_from(("none", *LEVELS)),
    admin=st.booleans(),
)


def in_scope(scope: Scope, type_: str) -> bool:
    return type_ in scope.types or "*" in scope.types


@settings(max_examples=60, deadline=None)
@given(RIGHTS, SCOPES)
def test_a_key_may_do_what_both_its_person_and_its_scope_allow_and_nothing_else(rights: Rights, scope: Scope) -> None:
    left = scope.within(rights)
    for type_ in ("deal", "lead", "quote"):
        for action in ACTIONS:
            for responsible in ("sam", "olaf", None):
                both = action in scope.actions and in_scope(scope, type_)
                both = both and rights.reach(action).holds(type_, "deal/retail", responsible)
                assert left.reach(action).holds(type_, "deal/retail", responsible) == both
        for level in LEVELS:
            allowed = scope.automation in {"change", level}
            both = allowed and in_scope(scope, type_) and rights.may_automate(type_, level)
            assert left.may_automate(type_, level) == both, (type_, level)
    assert not left.admin


@pytest.mark.parametrize("order", list(permutations([("*", "change"), ("deal", "read")])))
def test_of_what_is_held_for_a_type_and_for_any_the_greater_counts(order: tuple[tuple[str, Level], ...]) -> None:
    rights = Rights("user:mia", "mia", automation=dict(order))
    assert Scope(types=("deal",), automation="change").within(rights).automation == {"deal": "change"}
    assert Scope(types=("deal",), automation="read").within(rights).automation == {"deal": "read"}


def test_a_key_for_no_types_or_no_actions_opens_nothing() -> None:
    ada = of_admin("user:ada")
    for scope in (Scope(types=(), automation="change"), Scope(actions=())):
        left = scope.within(ada)
        assert (left.admin, [left.reach(action).places for action in ACTIONS]) == (False, [()] * len(ACTIONS))
        assert not left.may_automate("deal", "read")


def test_a_key_asks_as_its_person_whoever_made_it() -> None:
    at = "2026-03-02T10:00:00Z"
    told = {"id": "a1", "person": "sam", "name": "n", "created_by": "user:ada", "created_at": at, "scope": {}}
    asks = principal(ApiKey.model_validate(told))
    assert (asks.name, asks.key, asks.scope, asks.operator) == ("user:sam", "a1", Scope(), False)


def test_two_keys_have_neither_id_nor_secret_in_common_and_the_id_finds_the_key() -> None:
    one, other = Secret.new(), Secret.new()
    assert one.id != other.id
    stolen = Secret.read(f"sbx_{one.id}_{other.text.rpartition('_')[2]}")
    assert stolen is not None
    assert (stolen.id, stolen.fits(one.digest)) == (one.id, False)


class Looks:
    """Says whose a token is, and counts how often that was asked."""

    def __init__(self, *found: Principal | None) -> None:
        self.found = list(found)
        self.asked = 0

    async def look(self) -> Principal | None:
        self.asked += 1
        if not self.found:
            raise ConnectionError("away")
        return self.found.pop(0)


ANN, BOB = Principal("user:ann"), Principal("user:bob")


@pytest.mark.parametrize("found", [ANN, None])
async def test_what_was_found_out_of_a_token_is_remembered_also_that_it_is_nobodys(found: Principal | None) -> None:
    memory, looks = Memory(60), Looks(found, BOB)
    assert [await memory.of(b"token", looks.look) for _ in range(3)] == [found] * 3
    assert looks.asked == 1
    assert await memory.of(b"other", looks.look) == BOB


async def test_a_look_that_failed_is_not_remembered() -> None:
    memory, looks = Memory(60), Looks()
    with pytest.raises(ConnectionError):
        await memory.of(b"token", looks.look)
    looks.found = [ANN]
    assert await memory.of(b"token", looks.look) == ANN


async def test_what_is_too_old_is_looked_up_again() -> None:
    memory, looks = Memory(0), Looks(ANN, None)
    assert [await memory.of(b"token", looks.look) for _ in range(2)] == [ANN, None]


async def test_a_look_that_takes_long_is_not_remembered_longer_for_it() -> None:
    memory, looks = Memory(0.01), Looks(ANN, None)

    async def slow() -> Principal | None:
        found = await looks.look()
        await asyncio.sleep(0.02)
        return found

    # The key was revoked while the first look was under way: the second must see that.
    assert [await memory.of(b"token", slow) for _ in range(2)] == [ANN, None]


async def test_guessed_tokens_do_not_fill_the_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "MOST", 10)
    memory, looks = Memory(60), Looks(*[None] * 100)
    for n in range(35):
        await memory.of(str(n).encode(), looks.look)
        assert len(memory._known) <= 10
