"""The file of a company: its parts stand in the order in which they need one another, and each is named once."""

from typing import Any

import pytest
from automation.testing import shop
from crm_api.fields import FieldError
from crm_api.rules.company_files import PIPELINE, RECORDS, read, written
from hypothesis import given, settings
from hypothesis import strategies as st

KINDS = (*RECORDS, PIPELINE)
NAMES = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from("abc")), unique=True, max_size=10)


def document(kind: str, id_: str = "a", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": id_, "data": {}, **more}


@settings(max_examples=50, deadline=None)
@given(NAMES)
def test_parts_are_in_the_order_of_their_needs_and_else_as_they_stood(names: list[tuple[str, str]]) -> None:
    parts = [(part.kind, part.id) for part in read([document(*name) for name in names])]
    assert sorted(parts) == sorted(names)
    assert [KINDS.index(kind) for kind, _ in parts] == sorted(KINDS.index(kind) for kind, _ in parts)
    for kind in KINDS:
        assert [id_ for of, id_ in parts if of == kind] == [id_ for of, id_ in names if of == kind]


@pytest.mark.parametrize(
    ("documents", "path"),
    [
        ([document("type"), document("calendar"), document("type")], "2.id"),
        ([document("type"), document("person")], "1.kind"),
        ([document("connection")], "0.kind"),
        ([{"kind": "type", "id": "a"}], "0.data"),
        ([document("type"), document("type", "b", note="x")], "1.note"),
        ([document("type", data=[])], "0.data"),
        ([document("type", id_="a"), {"kind": "type", "id": 7, "data": {}}], "1.id"),
    ],
)
def test_what_is_no_part_is_refused_by_its_place_in_the_file(documents: list[Any], path: str) -> None:
    with pytest.raises(FieldError) as refused:
        read(documents)
    assert refused.value.field == path


def test_what_is_written_can_be_read_and_says_nothing_of_people_and_accounts() -> None:
    documents = written(shop())
    parts = read(documents)
    assert [(part.kind, part.id) for part in parts] == [(one["kind"], one["id"]) for one in documents]
    assert {part.id for part in parts if part.kind == "type"} == {"deal", "contact", "invoice"}
    assert [part.id for part in parts if part.kind == PIPELINE] == ["deal/retail"]
    assert "@shop.example" not in str(documents)
    assert {part.kind for part in parts} <= set(KINDS)
