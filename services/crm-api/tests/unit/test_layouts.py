"""How items of a type are shown."""

from contracts.elements import ElementField, ElementType, Section
from crm_api.config.layouts import asked_now, card, quick_form, view

FIELDS = (
    ElementField(key="code", kind="string", required=True),
    ElementField(key="amount", kind="money"),
    ElementField(key="due", kind="date", required=True),
)
PLAIN = ElementType(key="thing", fields=FIELDS)
LAID_OUT = ElementType(
    key="thing",
    fields=FIELDS,
    card=(Section(key="a", name="First", fields=("amount", "title")), Section(key="b", fields=("code",))),
    board=("amount", "title"),
    columns=("due", "code"),
    quick=("title", "code", "amount"),
)


def test_a_card_shows_its_sections_in_their_order_and_everything_where_none_are_laid_out() -> None:
    shown = [(section.key, [field.key for field in section.fields]) for section in card(LAID_OUT)]
    assert shown == [("a", ["amount", "title"]), ("b", ["code"])]
    [everything] = card(PLAIN)
    assert [field.key for field in everything.fields] == ["title", "responsible", "code", "amount", "due"]


def test_a_quick_form_asks_some_fields_now_and_the_other_required_ones_later() -> None:
    form = quick_form(LAID_OUT)
    assert [(field.key, field.required) for field in form.now] == [("title", False), ("code", True), ("amount", False)]
    assert [field.key for field in form.later] == ["due"]
    plain = quick_form(PLAIN)
    assert ([field.key for field in plain.now], plain.later) == (["title", "code", "due"], ())
    assert asked_now(LAID_OUT) == ("title", "code", "amount")


def test_what_a_person_chose_comes_before_what_the_type_says_and_what_is_gone_is_left_out() -> None:
    assert view(LAID_OUT, "board", None) == ("amount", "title")
    assert view(LAID_OUT, "list", None) == ("due", "code")
    assert view(LAID_OUT, "board", ["stage", "vanished", "code"]) == ("stage", "code")
    assert view(PLAIN, "board", None) == ("title", "responsible")
    assert view(PLAIN, "list", None) == ("title", "stage", "responsible", "created_at")
