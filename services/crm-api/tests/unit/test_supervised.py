"""Whose work a person is told of: of those whom they lead, however the lines of a company run."""

import pytest
from automation.knowledge import Knowledge
from automation.testing import record
from crm_api.access.rights import Rights
from crm_api.reports.employees import supervised

# Ann leads Bob, who leads Cem. Dora heads the sales, below which is the shop, where Eva works. Finn and Gus lead each
# other, and so do the departments that they head.
PEOPLE = {
    "ann": {},
    "bob": {"supervisor": "ann"},
    "cem": {"supervisor": "bob"},
    "dora": {"supervisor": "cem"},
    "eva": {"department": "shop"},
    "finn": {"supervisor": "gus"},
    "gus": {"supervisor": "finn"},
    "hal": {"department": "round"},
}
DEPARTMENTS = {
    "sales": {"head": "dora"},
    "shop": {"parent": "sales"},
    "round": {"parent": "turn"},
    "turn": {"parent": "round", "head": "gus"},
}
COMPANY = Knowledge.of(
    (
        *(record("person", id_, {"id": id_, "name": id_, **more}) for id_, more in PEOPLE.items()),
        *(record("department", id_, {"id": id_, **more}) for id_, more in DEPARTMENTS.items()),
    )
)


@pytest.mark.parametrize(
    ("person", "led"),
    [
        ("ann", "ann bob cem dora eva"),
        ("cem", "cem dora eva"),
        ("dora", "dora eva"),
        ("eva", "eva"),
        ("finn", "finn gus hal"),
        ("hal", "hal"),
        ("nobody", ""),
    ],
)
def test_a_person_leads_all_below_and_no_line_is_followed_twice(person: str, led: str) -> None:
    assert supervised(Rights(f"user:{person}", person), COMPANY) == led.split()


def test_an_admin_is_told_of_everyone() -> None:
    assert supervised(Rights("user:ann", "ann", admin=True), COMPANY) == sorted(PEOPLE)
