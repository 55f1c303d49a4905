"""Calendars over HTTP: a link of one's own, and the feed behind it, which any calendar client subscribes to."""

from datetime import datetime
from typing import Annotated

from chassis.problems import Problem
from fastapi import APIRouter, Header, Request, Response

from crm_api.calendars import links
from crm_api.calendars.icalendar_text import feed
from crm_api.http.asking import Body, ByPerson
from crm_api.store import activities as stored_activities
from crm_api.store import calendar_links as store

router = APIRouter(prefix="/v1/calendar", tags=["calendars"])
# Whoever has the link has the calendar: calendar clients carry no other token.
public = APIRouter(tags=["calendars"])
MEDIA = "text/calendar"
LONGEST_TOKEN = 100


class NewCalendarLink(Body):
    """The `path` of a calendar at this address; it is shown once."""

    path: str


class CalendarLink(Body):
    """When the caller's link was made; nothing where they have none."""

    made_at: datetime | None


@router.post("", status_code=201)
async def rotate(request: ByPerson) -> NewCalendarLink:
    """Make the link of your calendar anew; the one before it leads nowhere any more."""
    token = links.new_token()
    async with request.transaction() as tx:
        if request.rights.person not in request.knowledge.people:
            raise Problem(409, "Only people of the company have calendars", detail=f"{request.rights.name} is none")
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
        await store.remove(tx, request.rights.person)
        await request.audit(tx, f"calendar/{request.rights.person}")


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
        found = await stored_activities.calendar(tx, known.id, links.window(now), links.MOST)
    content = feed(known.id, found, knowledge)
    headers = links.headers(content, found, now)
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA, headers=headers)
