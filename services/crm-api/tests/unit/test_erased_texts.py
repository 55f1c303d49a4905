"""What is left of texts when a person is erased: their own words go wherever they stand, and nobody else's."""

from typing import Any
from uuid import UUID

import pytest
from automation.testing import CONTACT, NOW, contact, deal, entry, named, shop
from contracts.commands import ApplySignal, NoteRepeat
from contracts.executions import ExecutionRow, ExecutionRows
from contracts.items import Change, Item, ItemChanged
from contracts.redacting import ERASED
from contracts.rules import RuleSetRef
from contracts.signals import Identity, Sets, Signal
from crm_api.erasure.scrubbing import Words, journalled, line, strings, texts_of, written
from crm_api.erasure.work import activity, guest
from hypothesis import given, settings
from hypothesis import strategies as st

PHONE = "+351912345678"
MARIA = contact(consents={"email": "given"}, birthday="1990-05-17")
TYPE = shop().types["contact"]
WORDS = Words.of([MARIA], TYPE)
SECRET = "Maria"

PLAIN = st.text("abcdefgh .,-", max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN | st.builds(lambda a, b: f"{a} {SECRET} {b}", PLAIN, PLAIN),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xyz", min_size=1), inner, max_size=4),
    max_leaves=12,
)


def shape(value: Any) -> Any:
    """Give a value with each of its texts left out."""
    if isinstance(value, list):
        return [shape(one) for one in value]
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return "" if isinstance(value, str) else value


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_no_text_says_a_persons_word_and_all_else_stays_in_its_place(value: Any) -> None:
    left = WORDS.scrub(value)
    assert not any(SECRET in text for text in strings(left))
    assert shape(left) == shape(value)
    assert WORDS.scrub(left) == left
    assert [text.replace(SECRET, ERASED) for text in strings(value)] == list(strings(left))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call MARIA, maria@example.org!", "Call erased, erased!"),
        (f"sms to {PHONE}.", "sms to erased."),
        (f"sms to {PHONE}9", f"sms to {PHONE}9"),
        ("Mariana and Annamaria stay", "Mariana and Annamaria stay"),
        ("born 1990-05-17 given", "born 1990-05-17 given"),
    ],
)
def test_a_word_is_taken_whole_and_in_any_case(text: str, left: str) -> None:
    assert WORDS.scrub(text) == left


def test_the_longer_of_two_words_goes_first() -> None:
    words = Words.of([MARIA, contact().model_copy(update={"title": "Maria Silva"})], TYPE)
    assert words.scrub("Maria Silva, Maria") == "erased, erased"


def test_who_has_no_words_changes_no_text() -> None:
    nobody = contact(phone=None, email=None).model_copy(update={"title": "Al"})
    assert Words.of([nobody], TYPE).scrub({"a": ["Al", 1]}) == {"a": ["Al", 1]}


def test_texts_of_a_record_are_what_one_can_be_known_by() -> None:
    assert set(texts_of(MARIA, TYPE)) == {"Maria", PHONE, "maria@example.org"}
    # Of a type that is gone nobody knows what its fields were.
    assert "1990-05-17" in set(texts_of(MARIA, None))
    assert "given" not in set(texts_of(MARIA, None))


def signal(**payload: Any) -> ApplySignal:
    identity = Identity(kind="phone", value=PHONE)
    told = Signal(id=named("s"), kind="form.submitted", source="site", happened_at=NOW, identities=(identity,))
    return ApplySignal(
        signal=told.model_copy(update={"payload": payload, "sets": Sets(fields={"x": "Maria"})}), config=1
    )


def body(data: Any) -> dict[str, Any]:
    return {"key": "k", "data": data.model_dump(mode="json")}


def test_what_a_person_wrote_at_length_is_theirs_and_a_short_word_names_a_thing() -> None:
    wish = "a sofa for my new flat by the river"
    assert list(written(body(signal(wish=wish, size="large", more=[wish])))) == [wish, wish]


def test_a_signal_in_the_journal_keeps_its_kind_and_time_alone() -> None:
    left = journalled(ApplySignal.TYPE, body(signal(name="Maria")), CONTACT, WORDS)
    kept = left["data"]["signal"]
    assert (kept["kind"], kept["payload"], kept["identities"], kept["sets"]) == ("form.submitted", {}, [], None)
    assert ApplySignal.model_validate(left["data"]).signal.id == named("s")


def change(item: Item, *linked: Item, **values: Any) -> ItemChanged:
    changed = {key: Change(old=None, new=value) for key, value in values.items()}
    return ItemChanged(item=item, linked=linked, config=1, changed=changed, why="Maria asked")


def test_a_journal_entry_of_the_person_tells_no_value_not_even_a_date() -> None:
    left = journalled(ItemChanged.TYPE, body(change(MARIA, birthday="1990-05-17")), CONTACT, WORDS)["data"]
    assert (left["item"]["fields"], left["item"]["title"], left["changed"], left["why"]) == ({}, "", {}, ERASED)
    assert left["item"]["version"] == MARIA.version


def test_a_journal_entry_of_another_item_keeps_its_own_values() -> None:
    sofa = deal(to=(MARIA,), delivery_by="Maria and Rui", amount="10 EUR", title="Sofa of Maria")
    left = journalled(ItemChanged.TYPE, body(change(sofa, MARIA, delivery_by="Maria and Rui")), CONTACT, WORDS)["data"]
    assert (left["item"]["title"], left["item"]["fields"]) == (
        "Sofa of erased", {"delivery_by": "erased and Rui", "amount": "10 EUR"}
    )  # fmt: skip
    assert left["changed"]["delivery_by"]["new"] == "erased and Rui"
    assert [one["fields"] for one in left["linked"]] == [{}]
    assert (left["item"]["links"], left["item"]["stage"]) == (body(sofa)["data"]["links"], "new")


def test_an_entry_stays_one_that_can_be_read_again() -> None:
    entered = entry(deal(to=(MARIA,)), MARIA)
    left = journalled(entered.TYPE, body(entered), CONTACT, WORDS)["data"]
    assert type(entered).model_validate(left).item.stage == "new"


def test_any_other_entry_is_scrubbed_as_a_whole() -> None:
    repeat = NoteRepeat(first=named("s"), kind="visit", source="Maria", delivery=PHONE, received_at=NOW)
    left = journalled(NoteRepeat.TYPE, body(repeat), CONTACT, WORDS)["data"]
    assert (left["source"], left["delivery"], left["kind"]) == (ERASED, ERASED, "visit")


def row(**more: Any) -> ExecutionRow:
    place = {"rule_set": RuleSetRef(pipeline="deal/retail", number=1), "stage": "new", "action": "send-sms"}
    told = {
        "id": named("e"),
        "version": 3,
        "item": named("d"),
        "activation": 1,
        "rule": named("r"),
        "rule_key": "greet",
    }
    return ExecutionRow.model_validate({**told, **place, "state": "failed", "planned_at": NOW, **more})


def test_an_execution_keeps_its_state_in_the_journal_and_on_the_timeline() -> None:
    full = row(reason="no phone for Maria", seen={"contact.name": "Maria"}, results={"text": "Hi Maria"})
    for left in (
        journalled(ExecutionRows.TYPE, body(full), CONTACT, WORDS)["data"],
        line("rule", full.model_dump(mode="json"), WORDS, own=False),
    ):
        read = ExecutionRow.model_validate(left)
        assert (read.state, read.version, read.reason, read.seen, read.results) == ("failed", 3, ERASED, {}, {})


def test_of_their_own_lines_only_the_structure_is_left() -> None:
    told = {"from": "new", "to": "paid", "actor": "user:ann", "why": "Maria paid", "changes": {"x": 1}, "text": "hello"}
    assert line("moved", told, WORDS, own=True) == {"from": "new", "to": "paid", "actor": "user:ann"}
    assert line("moved", told, WORDS, own=False) == {**told, "why": "erased paid"}


def test_names_of_places_and_triggers_stay_though_they_sound_like_the_person() -> None:
    told = {"stage": "Maria", "trigger": "Maria", "text": "Maria"}
    assert line("settled", told, WORDS, own=False) == {"stage": "Maria", "trigger": "Maria", "text": ERASED}


@pytest.mark.parametrize(
    ("one", "left"),
    [
        ({"contact": str(CONTACT), "name": "M.", "email": "m@other.org"}, {"name": ERASED, "email": ""}),
        ({"contact": str(UUID(int=3)), "name": "Rui", "email": "rui@x.org"}, {"name": "Rui", "email": "rui@x.org"}),
        ({"name": "Maria's mother", "email": "maria@example.org"}, {"name": "erased's mother", "email": ""}),
        ({"person": "ann"}, {"name": "", "email": ""}),
    ],
)
def test_a_guest_has_still_taken_part(one: dict[str, str], left: dict[str, str]) -> None:
    assert guest(one, CONTACT, WORDS) == {**one, **left}


def test_an_activity_keeps_its_id_and_who_took_part() -> None:
    texts = {
        "subject": "Measure at Maria's",
        "description": f"ring {PHONE}",
        "place": "Rua 1",
        "result": "Maria agreed",
    }
    stored = {
        "id": named("a"),
        **texts,
        "participants": [{"person": "ann"}, {"contact": str(CONTACT), "name": "Maria"}],
    }
    id_, *left, guests = activity(stored, CONTACT, WORDS)
    assert (id_, left) == (named("a"), ["Measure at erased's", "ring erased", "Rua 1", "erased agreed"])
    assert [one.get("person", one["name"]) for one in guests] == ["ann", ERASED]
