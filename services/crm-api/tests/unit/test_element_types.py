"""What makes an element type that items can be of."""

from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.elements import ElementType
from contracts.people import Person
from crm_api import ready_made
from crm_api.config.element_types import check_type
from crm_api.config.retyping import losses
from crm_api.fields import FieldError
from crm_api.rules.pipelines import COLOR, stages_written_twice

KNOWLEDGE = Knowledge(types={"contact": ElementType(key="contact")}, people={"ann": Person(id="ann", name="Ann")})
FIELDS: list[dict[str, Any]] = [
    {"key": "amount", "kind": "money"},
    {
        "key": "size",
        "kind": "choice",
        "choices": ["S", "M"],
        "choice_names": {"S": {"en": "Small", "pt-PT": "Pequeno"}},
    },
    {"key": "code", "kind": "string", "unique": True, "required": True},
    {"key": "client", "kind": "link", "to": "contact"},
    {"key": "parent", "kind": "link", "to": "supplier"},
    {"key": "who", "kind": "person", "default": "ann"},
    {"key": "sizes", "kind": "integer", "multiple": True, "default": [1, 2]},
]
SUPPLIER: dict[str, Any] = {
    "key": "supplier",
    "name": {"en": "Supplier", "pt": "Fornecedor"},
    "fields": FIELDS,
    "card": [{"key": "main", "fields": ["title", "code", "stage"]}, {"key": "more", "fields": ["amount", "client"]}],
    "board": ["title", "amount", "responsible"],
    "quick": ["title", "code"],
    "columns": ["title", "stage", "created_at", "amount"],
    "amount": "amount",
}


def supplier(**parts: Any) -> ElementType:
    return ElementType.model_validate({**SUPPLIER, **parts})


def with_field(**field: Any) -> ElementType:
    return supplier(fields=[*FIELDS, {"key": "extra", "kind": "string", **field}])


def refused(type_: ElementType) -> FieldError:
    with pytest.raises(FieldError) as error:
        check_type(type_, KNOWLEDGE)
    assert error.value.fix
    return error.value


def test_a_type_with_fields_layouts_and_links_to_itself_is_fine() -> None:
    check_type(supplier(), KNOWLEDGE)


@pytest.mark.parametrize(
    ("field", "place", "words"),
    [
        ({"key": "has space"}, "key", "no key"),
        ({"key": "x" * 64}, "key", "no key"),
        ({"key": "título"}, "key", "no key"),
        ({"key": "title"}, "key", "no key"),
        ({"key": "stage"}, "key", "no key"),
        ({"key": "created_at"}, "key", "no key"),
        ({"key": "amount"}, "key", "a field 'amount' before"),
        ({"name": {"english": "x"}}, "name.english", "no language"),
        ({"help": {"EN": "x"}}, "help.EN", "no language"),
        ({"kind": "choice"}, "choices", "nothing to choose from"),
        ({"kind": "choices"}, "choices", "nothing to choose from"),
        ({"choices": ["a"]}, "choices", "nothing is chosen"),
        ({"kind": "choice", "choices": ["a", "a"]}, "choices.1", "a choice 'a' before"),
        ({"kind": "choice", "choices": ["a", " "]}, "choices.1", "no choice"),
        ({"kind": "choice", "choices": ["a"], "choice_names": {"b": "B"}}, "choice_names.b", "no choice 'b'"),
        ({"kind": "choices", "choices": ["a"], "multiple": True}, "multiple", "cannot be multiple"),
        ({"kind": "link", "to": "contact", "multiple": True}, "multiple", "cannot be multiple"),
        ({"kind": "link"}, "to", "leads to a type"),
        ({"kind": "link", "to": "yacht"}, "to", "no type 'yacht'"),
        ({"to": "contact"}, "to", "leads nowhere"),
        ({"kind": "money", "unique": True}, "unique", "cannot be unique"),
        ({"kind": "boolean", "unique": True}, "unique", "cannot be unique"),
        ({"unique": True, "default": "x"}, "default", "cannot be everyone's"),
        ({"default": 5}, "default", "5 is not a string"),
        ({"kind": "choice", "choices": ["a"], "default": "b"}, "default", "'b' is not a choice"),
        ({"kind": "person", "default": "bob"}, "default", "'bob' is not a person"),
        ({"kind": "integer", "multiple": True, "default": 5}, "default", "not several values"),
        ({"kind": "file", "default": "ab" * 32}, "default", "cannot be everyone's"),
        ({"kind": "link", "to": "contact", "default": "x"}, "default", "a link is not a value"),
    ],
)
def test_a_field_that_can_hold_nothing_is_refused(field: dict[str, Any], place: str, words: str) -> None:
    error = refused(with_field(**field))
    assert error.field == f"fields.{len(FIELDS)}.{place}"
    assert words in error.problem


@pytest.mark.parametrize(
    ("parts", "place", "words"),
    [
        ({"key": "Not A Key"}, "key", "no key"),
        ({"name": {"e": "x"}}, "name.e", "no language"),
        ({"card": [{"key": "a", "fields": ["nothing"]}]}, "card.0.fields.0", "no field 'nothing'"),
        ({"card": [{"key": "a"}, {"key": "a"}]}, "card.1.key", "a section 'a' before"),
        ({"card": [{"key": "A b"}]}, "card.0.key", "no key"),
        ({"card": [{"key": "a", "name": {"x1": ""}}]}, "card.0.name.x1", "no language"),
        ({"card": [{"key": "a", "fields": ["code"]}, {"key": "b", "fields": ["code"]}]}, "card.1.fields.0", "already"),
        ({"board": ["code", "code"]}, "board.1", "already"),
        ({"columns": ["colour"]}, "columns.0", "no field 'colour'"),
        ({"quick": ["created_at"]}, "quick.0", "no field 'created_at'"),
        ({"amount": "size"}, "amount", "no money field 'size'"),
        ({"amount": "nothing"}, "amount", "no money field"),
    ],
)
def test_a_layout_that_shows_what_is_not_there_is_refused(parts: dict[str, Any], place: str, words: str) -> None:
    error = refused(supplier(**parts))
    assert error.field == place
    assert words in error.problem


def test_a_type_has_so_many_fields_and_no_more() -> None:
    many = [{"key": f"f{n}", "kind": "string"} for n in range(501)]
    assert refused(ElementType.model_validate({"key": "thing", "fields": many})).field == "fields"


LOST: list[tuple[dict[str, Any] | None, dict[str, Any] | None, list[tuple[str, list[str]]]]] = [
    ({"kind": "string"}, None, [("extra", [])]),
    ({"kind": "string"}, {"kind": "text"}, [("extra", [])]),
    ({"kind": "integer", "multiple": True}, {"kind": "integer"}, [("extra", [])]),
    ({"kind": "integer"}, {"kind": "integer", "multiple": True}, []),
    ({"kind": "choice", "choices": ["a", "b"]}, {"kind": "choice", "choices": ["b", "c"]}, [("extra", ["a"])]),
    ({"kind": "choice", "choices": ["a", "b"]}, {"kind": "choice", "choices": ["b", "a"]}, []),
    ({"kind": "string"}, {"kind": "string", "required": True, "unique": True}, []),
    ({"kind": "link", "to": "contact"}, None, []),
    (None, {"kind": "string"}, []),
]


@pytest.mark.parametrize(("before", "after", "lost"), LOST)
def test_what_a_changed_type_would_lose_is_known(
    before: dict[str, Any] | None, after: dict[str, Any] | None, lost: list[tuple[str, list[str]]]
) -> None:
    one = with_field(**before) if before else supplier()
    other = with_field(**after) if after else supplier()
    found = [(held.field, list(held.choices)) for held, _ in losses(one, other)]
    assert found == lost


LANGUAGES = {"en", "pt", "it", "ru"}


def test_the_ready_made_types_are_types_like_any_other_and_speak_four_languages() -> None:
    types = {type_.key: type_ for type_ in ready_made.types()}
    assert set(types) == {"lead", "deal", "contact", "company", "quote", "invoice", "order"}
    for type_ in types.values():
        check_type(type_, Knowledge(types=types))
        assert type_.built_in
        assert type_.card
        assert type_.board
        assert type_.quick
        assert type_.columns
        for text in (type_.name, *(f.name for f in type_.fields), *(s.name for s in type_.card)):
            assert isinstance(text, dict)
            assert set(text) == LANGUAGES
    assert {key for key, type_ in types.items() if type_.goods} == {"deal", "quote", "invoice", "order"}


def test_the_ready_made_pipelines_have_coloured_stages_and_several_ends() -> None:
    pipelines = ready_made.pipelines()
    assert [one.pipeline for one in pipelines] == [
        "deal/main", "invoice/main", "lead/main", "order/main", "quote/main",
    ]  # fmt: skip
    for one in pipelines:
        assert stages_written_twice(one) == []
        assert len([stage for stage in one.stages if stage.kind == "open"]) >= 2
        assert {"success", "failure"} <= {stage.kind for stage in one.stages}
        assert len([stage for stage in one.stages if stage.kind != "open"]) > 2
        for stage in one.stages:
            assert isinstance(stage.name, dict)
            assert set(stage.name) == LANGUAGES
            assert stage.color, COLOR
