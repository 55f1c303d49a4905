"""The people of the company: who they are, when they work, and what they may do."""

from datetime import date
from typing import Literal, get_args

from pydantic import Field

from contracts.data import Part
from contracts.rules import Text

ItemAction = Literal["read", "add", "change", "delete", "export"]
Whose = Literal["own", "department", "all"]
# How one of several becomes responsible.
Turn = Literal["round-robin", "least-busy"]
TURNS: tuple[Turn, ...] = get_args(Turn)


class Absence(Part):
    """Days on which a person is away, the last one included; `deputy` stands in."""

    first: date
    last: date
    deputy: str | None = None
    why: str = ""


class Among(Part):
    """The people of whom one is chosen: those with a role, those of a department, or these."""

    role: str = ""
    department: str = ""
    people: tuple[str, ...] = ()


class Person(Part):
    """A user of the company.

    `role` is the function by which rules find people (`warehouse`); `access` are the keys of the roles whose grants
    the person has. `weekly` are own working hours in the shape of a calendar's, None where the portal's hold.
    """

    id: str
    name: str
    email: str = ""
    phone: str = ""
    role: str = ""
    access: tuple[str, ...] = ()
    department: str = ""
    supervisor: str | None = None
    deputy: str | None = None
    language: str = ""
    zone: str = ""
    weekly: dict[int, tuple[tuple[str, str], ...]] | None = None
    absences: tuple[Absence, ...] = ()
    active: bool = True


class Department(Part):
    """A part of the company; `head` leads it, `parent` is the one above."""

    id: str
    name: Text = ""
    head: str | None = None
    parent: str | None = None


class Grant(Part):
    """What may be done with which items: of a type (`*`: any), of a pipeline (`*`: any, and none), and whose."""

    type: str = "*"
    pipeline: str = "*"
    actions: tuple[ItemAction, ...] = ("read",)
    whose: Whose = "own"


class Role(Part):
    """A set of rights; `automation` says by type (`*`: any) whether rules and triggers may be read or changed."""

    key: str
    name: Text = ""
    grants: tuple[Grant, ...] = ()
    automation: dict[str, Literal["read", "change"]] = Field(default_factory=dict)
    admin: bool = False
