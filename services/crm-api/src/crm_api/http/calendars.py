"""Calendars over HTTP: a link of one's own, and the feed behind it, which any calendar client subscribes to."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from chassis.problems import Problem
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime, Field

from crm_api.access.rights import Forbidden
from crm_api.activities.checking import LONGEST, within
from crm_api.calendars import caching, links
from crm_api.calendars.busy import BUSY, Span, busy
from crm_api.calendars.icalendar_text import feed
from crm_api.fields import FieldError
from crm_api.http.addresses import PersonId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.store import activities as stored_activities
from crm_api.store import calendar_links as store

router = APIRouter(prefix="/v1/calendar", tags=["calendars"])
# Whoever has the link has the calendar: calendar clients carry no other token.
public = APIRouter(tags=["calendars"])
people = APIRouter(prefix="/v1/people", tags=["calendars"])
MEDIA = "text/calendar"
LONGEST_TOKEN = 100
LONGEST_SPAN = timedelta(days=92)


class NewCalendarLink(Body):
    """The `path` of a calendar at this address; it is shown once."""

    path: str


class CalendarLink(Body):
    """When the caller's link was made; nothing where they have none."""

    made_at: datetime | None


class AskedSpan(Body):
    """`from` one moment until before another, at most three months."""

    since: AwareDatetime = Field(alias="from", examples=["2026-12-01T00:00:00Z"])
    until: AwareDatetime = Field(alias="to", examples=["2026-12-08T00:00:00Z"])


class Busy(Body):
    """When a person is busy, in the order of time."""

    person: str
    busy: list[Span]


@router.post("", status_code=201)
async def rotate(request: ByPerson) -> NewCalendarLink:
    """Make the link of your calendar anew; the one before it leads nowhere any more."""
    token = links.new_token()
    async with request.transaction() as tx:
        require_unlimited(request)
        if request.rights.person not in request.knowledge.people:
            words = f"{request.rights.name} is none; ask as a person whom the company knows"
            raise Problem(409, "Only people of the company have calendars", detail=words)
        await store.put(tx, request.rights.person, links.hash_of(token), await tx.now())
        await request.audit(tx, f"calendar/{request.rights.person}")
    return NewCalendarLink(path=f"/calendars/{token}.ics")


@router.get("", name="read")
async def standing(request: ByPerson) -> CalendarLink:
    """Say whether you have a link, and since when."""
    async with request.transaction() as tx:
        return CalendarLink(made_at=await store.made_at(tx, request.rights.person))


@router.delete("", status_code=204)
async def remove(request: ByPerson) -> None:
    """Let the link of your calendar lead nowhere."""
    async with request.transaction() as tx:
        require_unlimited(request)
        await store.remove(tx, request.rights.person)
        await request.audit(tx, f"calendar/{request.rights.person}")


@people.get("/{person}/busy")
async def when(person: PersonId, asked: Annotated[AskedSpan, Query()], request: ByPerson) -> Busy:
    """Tell when somebody is busy with calls and meetings; not with what."""
    for name, moment in (("from", asked.since), ("to", asked.until)):
        within(name, moment)
    if not asked.since < asked.until <= asked.since + LONGEST_SPAN:
        raise FieldError("to", "the span is empty, turned round, or too long", f"send at most {LONGEST_SPAN.days} days")
    async with request.transaction() as tx:
        if person not in request.knowledge.people:
            raise Problem(404, "There is no such person", detail=f"there is no person {person!r}")
        # What began before may go on.
        span = asked.since - LONGEST, asked.until
        found = await stored_activities.busy(tx, person, span, BUSY)
    return Busy(person=person, busy=busy(found, asked.since, asked.until))


def require_unlimited(request: Asked) -> None:
    """Refuse a limited key: the link shows more than it may, and ends the one before; raises `Forbidden`."""
    if request.principal.scope is not None:
        raise Forbidden("make or end the link of a calendar with a limited key", fix="sign in as yourself")


@public.get("/calendars/{token}.ics", include_in_schema=False)
async def shown(token: str, request: Request, if_none_match: Annotated[str, Header()] = "") -> Response:
    """Give a person's calendar, from three months ago until two years from now, to whoever has its link."""
    process = request.app.state.process
    async with process.database.transaction() as tx:
        person = await store.person_of(tx, links.hash_of(token)) if len(token) <= LONGEST_TOKEN else None
        knowledge, now = await process.config.view(tx), await tx.now()
        known = knowledge.people.get(person or "")
        if known is None or not known.active:
            raise Problem(404, "There is no such calendar", detail="no calendar has this link")
        found = await stored_activities.calendar(tx, known.id, caching.window(now), caching.MOST)
    headers = caching.headers((known.name, known.zone, knowledge.portal.zone), found, now)
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    # Much to write takes a while; other requests go on meanwhile.
    content = await asyncio.to_thread(feed, known.id, found, knowledge)
    return Response(content, media_type=MEDIA, headers=headers)
