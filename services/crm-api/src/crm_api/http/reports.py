"""Reports over HTTP: what an outage did to all that was due, and where the work of people stands."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from automation.knowledge import Knowledge
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from crm_api.fields import FieldError
from crm_api.fields.moments import in_utc
from crm_api.http.asking import Body, ByPerson
from crm_api.intake.signals import open_stages
from crm_api.reports.employees import Work, supervised
from crm_api.reports.outages import LONGEST, Part, Window
from crm_api.store import employees as stored_employees
from crm_api.store import outages as stored_outages

router = APIRouter(prefix="/v1/reports", tags=["reports"])
Stay = Annotated[float, Query(ge=0, le=100_000, description="Hours in one stage that are too long.", examples=[72])]


class AskedWindow(Body):
    """What was due `from` one moment until before another, at most 31 days; of one pipeline, or of any.

    What ran at most `in_time` seconds after it was due is in time.
    """

    since: AwareDatetime = Field(alias="from", examples=["2026-11-20T10:00:00Z"])
    until: AwareDatetime = Field(alias="to", examples=["2026-11-20T12:00:00Z"])
    pipeline: str = Field("", max_length=200, examples=["deal/retail"])
    in_time: float = Field(5, ge=0, le=86_400, description="seconds")


class ReportPart(Body):
    """What became of what was `due`; the outcomes add up to it.

    `in_time` and `late` ran, `failed` ended with an error, `missed` came too late to run, `skipped`, `blocked` and
    `cancelled` did not run for another reason, `waiting` has not ended. `late_by` counts the late ones by how late;
    `most`, `p50` and `p95` are seconds of lateness of all that ran.
    """

    due: int
    outcomes: dict[str, int]
    late_by: dict[str, int]
    most: float | None
    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, part: Part) -> "ReportPart":
        """Show a part of the report."""
        return cls(**asdict(part))


class RuleReport(ReportPart):
    """The part of one rule."""

    pipeline: str
    stage: str
    rule: str


class OutageReport(Body):
    """What became of all that was due in a window, together, by pipeline, and by rule, those with the most first.

    Of more than 200,000 executions the first ones are told: then `all` is false, and `until` is where the report ends.
    A rule that was tried again counts by its last round.
    """

    since: datetime
    until: datetime
    all: bool
    together: ReportPart
    by_pipeline: dict[str, ReportPart]
    by_rule: list[RuleReport]


class EmployeeReport(Body):
    """The work of one person: open items by how long they have been in their stages, open tasks, and the late ones.

    `average` and `longest` are seconds, `longest_item` has been in its stage the longest, `overstayed` have been for
    longer than was asked about.
    """

    person: str
    name: str
    department: str
    items: int
    overstayed: int
    average: float
    longest: float
    longest_item: UUID | None
    tasks: int
    late: int


class EmployeesReport(Body):
    """The work of the people whom the caller leads, and their own: those with most that is late first."""

    at: datetime
    employees: list[EmployeeReport]


@router.get("/outage")
async def outage(asked: Annotated[AskedWindow, Query()], request: ByPerson) -> OutageReport:
    """Tell what became of the rules that were due in a window: in time, late and how late, missed, or still waiting."""
    since, until = in_utc("from", asked.since), in_utc("to", asked.until)
    if not timedelta() < until - since <= LONGEST:
        raise FieldError("to", "the window is empty, turned round, or too long", "send at most 31 days")
    window = Window(since, until, asked.pipeline, timedelta(seconds=asked.in_time))
    async with request.transaction() as tx:
        found = await stored_outages.report(tx, window, request.rights.reach("read"))
    rules = found.by_rule.items()
    return OutageReport(
        since=asked.since,
        until=found.until,
        all=found.whole,
        together=ReportPart.of(found.together),
        by_pipeline={id_: ReportPart.of(part) for id_, part in found.by_pipeline.items()},
        by_rule=[RuleReport(**asdict(one), pipeline=p, stage=s, rule=r) for (p, s, r), one in rules],
    )


@router.get("/employees")
async def employees(request: ByPerson, stay: Stay = 72.0) -> EmployeesReport:
    """Tell where the work of those whom you lead stands, of the items that you may read."""
    async with request.transaction() as tx:
        knowledge, rights = request.knowledge, request.rights
        people, reach = supervised(rights, knowledge), rights.reach("read")
        found = await stored_employees.work(tx, people, open_stages(knowledge), timedelta(hours=stay), reach)
        at = await tx.now()
    found.sort(key=lambda one: (-one.overstayed - one.late, -one.items, one.person))
    return EmployeesReport(at=at, employees=[shown(one, knowledge) for one in found])


def shown(work: Work, knowledge: Knowledge) -> EmployeeReport:
    """Show the work of a person."""
    person = knowledge.people[work.person]
    return EmployeeReport(**asdict(work), name=person.name, department=person.department)
