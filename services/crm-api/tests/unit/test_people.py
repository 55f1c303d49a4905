"""What people and departments may say of one another."""

from datetime import UTC, datetime
from typing import Any

import pytest
from automation.knowledge import Knowledge
from contracts.config import KINDS, ConfigChanged
from crm_api.config.records import read_record
from crm_api.fields import FieldError

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COMPANY: dict[str, dict[str, Any]] = {
    "person/mia": {"id": "mia", "name": "Mia"},
    "person/ann": {"id": "ann", "name": "Ann", "supervisor": "mia"},
    "person/bob": {"id": "bob", "name": "Bob", "supervisor": "ann"},
    "department/all": {"id": "all"},
    "department/sales": {"id": "sales", "parent": "all", "head": "ann"},
    "role/seller": {"key": "seller"},
}


def company() -> Knowledge:
    """Give the config of a small company."""
    records = []
    for n, (name, data) in enumerate(COMPANY.items()):
        kind, _, id_ = name.partition("/")
        plain = KINDS[kind].model_validate(data).model_dump(mode="json")
        records.append(ConfigChanged(kind=kind, id=id_, revision=n, data=plain, changed_at=NOW))
    return Knowledge.of(records)


FITS: list[tuple[str, dict[str, Any]]] = [
    ("person/eva", {"supervisor": "bob", "deputy": "ann", "department": "sales", "access": ["seller"]}),
    ("person/mia", {"zone": "Atlantic/Azores", "weekly": {"0": [["10:00", "14:00"], ["15:00", "18:00"]]}}),
    ("person/ann", {"absences": [{"first": "2026-08-01", "last": "2026-08-01", "deputy": "bob"}]}),
    ("person/ann", {"weekly": {}}),
    ("person/ann", {"weekly": {"0": [], "5": [["10:00", "14:00"]]}}),
    ("department/office", {"parent": "sales", "head": "mia"}),
]


@pytest.mark.parametrize(("name", "given"), FITS)
def test_what_fits_together_is_kept(name: str, given: dict[str, Any]) -> None:
    kind, _, id_ = name.partition("/")
    named = {"name": id_.title(), **given}
    assert read_record(kind, id_, named, company()).model_dump(mode="json")["id"] == id_


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("person/eva", {"supervisor": "zoe"}, "supervisor", "no 'zoe'"),
    ("person/eva", {"supervisor": "eva"}, "supervisor", "circle: eva → eva"),
    ("person/mia", {"supervisor": "bob"}, "supervisor", "circle: mia → bob → ann → mia"),
    ("person/eva", {"deputy": "zoe"}, "deputy", "no 'zoe'"),
    ("person/eva", {"deputy": "eva"}, "deputy", "for themselves"),
    ("person/eva", {"department": "moon"}, "department", "no 'moon'"),
    ("person/eva", {"access": ["seller", "king"]}, "access.1", "no 'king'"),
    ("person/eva", {"zone": "Mars/Base"}, "zone", "not a time zone"),
    ("person/eva", {"weekly": {"0": [["18:00", "09:00"]]}}, "weekly", ""),
    ("person/eva", {"weekly": {"0": []}}, "weekly", "no working hours in it; send hours like"),
    ("person/eva", {"weekly": {"0": [], "5": []}}, "weekly", "or leave it out for the company's hours"),
    (
        "person/eva",
        {"absences": [{"first": "2026-08-02", "last": "2026-08-01"}]},
        "absences.0.last",
        "before it begins",
    ),
    ("person/eva", {"absences": [{"first": "2026-08-02", "last": "2036-08-01"}]}, "absences.0.last", "three years"),
    (
        "person/eva",
        {"absences": [{"first": "2026-08-01", "last": "2026-08-02", "deputy": "zoe"}]},
        "absences.0.deputy",
        "no 'zoe'",
    ),
    ("department/all", {"parent": "sales"}, "parent", "circle: all → sales → all"),
    ("department/all", {"parent": "moon"}, "parent", "no 'moon'"),
    ("department/all", {"head": "zoe"}, "head", "no 'zoe'"),
]


@pytest.mark.parametrize(("name", "given", "field", "words"), REFUSED)
def test_what_does_not_fit_is_refused_with_its_place(name: str, given: dict[str, Any], field: str, words: str) -> None:
    kind, _, id_ = name.partition("/")
    with pytest.raises(FieldError) as caught:
        read_record(kind, id_, {"name": id_.title(), **given}, company())
    assert caught.value.field == field
    assert words in f"{caught.value.problem}; {caught.value.fix}"
    assert caught.value.fix
