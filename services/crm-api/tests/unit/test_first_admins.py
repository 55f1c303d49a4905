"""The id of the first admin, from an email."""

import pytest
from automation.knowledge import Knowledge
from contracts.people import Person
from crm_api.access.first_admin import new_person


def there(*people: str) -> Knowledge:
    return Knowledge(people={id_: Person(id=id_, name=id_) for id_ in people})


@pytest.mark.parametrize(
    ("email", "people", "id_"),
    [
        ("Grace.Hopper@example.com", (), "grace-hopper"),
        ("ann@example.com", ("ann",), "ann-2"),
        ("ann@example.com", ("ann", "ann-2", "ann-3"), "ann-4"),
        ("o'neil+crm@example.com", (), "o-neil-crm"),
        ("..ann..@example.com", (), "ann"),
        ("анна@example.com", (), "admin"),
        ("@example.com", ("admin",), "admin-2"),
        ("ann_b@example.com", (), "ann_b"),
    ],
)
def test_it_is_what_stands_before_the_sign_and_nobody_elses(email: str, people: tuple[str, ...], id_: str) -> None:
    assert new_person(email, there(*people)) == id_
