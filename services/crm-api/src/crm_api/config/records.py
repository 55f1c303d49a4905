"""What people may write into the config: each record read as its kind, strictly, and checked."""

from collections.abc import Callable
from datetime import date
from typing import Any

from automation import incoming_webhooks
from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.public_holidays import public_holidays
from automation.wall_times import read_zone
from automation.working_time import WorkingTime
from contracts.channels import CallAnswering, ChatChannel, SmsChannel
from contracts.commands import Creation
from contracts.config import KINDS, Calendar, Portal, Resource, Source
from contracts.data import JsonObject, Part
from contracts.forms import Form
from contracts.visits import VisitSettings
from pydantic import ValidationError

from crm_api.config.channels import check_chat, check_signed, check_words
from crm_api.config.constants import check_constant
from crm_api.config.element_types import check_type
from crm_api.config.forms import check_form, check_visits
from crm_api.config.pauses import check_pause
from crm_api.config.people import check_department, check_person
from crm_api.config.rates import check_currency, check_rate, say_address
from crm_api.config.weeks import HOURS, check_days, check_some
from crm_api.fields import FieldError
from crm_api.rules.pipelines import flat

EDITED = (
    "type",
    "calendar",
    "person",
    "department",
    "role",
    "rate",
    "constant",
    "connection",
    "source",
    "pause",
    "portal",
    "template",
    "resource",
    "clock",
)
# The ways that reach clients, and can be capped.
CAPPED = ("sms", "email", "call", "message")
# An id stands in addresses, keys of messages and an index.
LONGEST_ID = 200
# Kinds of which there is one record; its id is the kind.
SINGLE = ("portal", "clock")
NAMED_BY = {
    "type": "key",
    "role": "key",
    **dict.fromkeys(
        ("calendar", "person", "department", "constant", "connection", "source", "template", "resource"), "id"
    ),
}


def read_record(kind: str, id_: str, given: JsonObject, knowledge: Knowledge) -> Part:
    """Read and check a record of a kind that people edit; raises `FieldError`."""
    if kind not in EDITED:
        raise FieldError("kind", f"{kind!r} is not edited here", f"use one of: {', '.join(EDITED)}")
    if not 0 < len(id_) <= LONGEST_ID:
        raise FieldError("id", f"it has {len(id_)} characters", f"use at least one, and at most {LONGEST_ID}")
    if kind in SINGLE and id_ != kind:
        raise FieldError("id", f"there is one {kind} only", f"use the id {kind!r}")
    named = NAMED_BY.get(kind)
    if named is not None and given.setdefault(named, id_) != id_:
        raise FieldError(named, f"it says {given[named]!r}, the address says {id_!r}", "leave it out")
    check_depth(given)
    if kind == "rate":
        say_address(id_, given, knowledge)
    record: Part = read_strictly(KINDS[kind], given)
    CHECKS.get(kind, unchecked)(record, knowledge)
    return record


def check_depth(given: JsonObject) -> None:
    """Refuse what is nested so deep that it could not be written down; raises `FieldError`."""
    for key, value in given.items():
        try:
            flat({key: value})
        except ValueError as error:
            raise FieldError(key, str(error), "write it flatter") from None


def unchecked(_: Part, __: Knowledge) -> None:
    """Take a record of a kind whose model says all."""


def read_strictly(model: type[Part], given: JsonObject, at: str = "") -> Any:
    """Read a value as its model, refusing keys that it does not know; raises `FieldError` for the first mistake."""
    try:
        return model.model_validate(given, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(step) for step in (at, *first["loc"]) if step != "")
        if first["type"] == "extra_forbidden":
            raise FieldError(path, "nobody knows this key", "leave it out, or correct its name") from None
        raise FieldError(path, str(first["msg"]), "send what the description of this kind says") from None


def check_calendar(calendar: Calendar, _: Knowledge) -> None:
    """Refuse a calendar whose zone, hours, holidays or country cannot be read, or by which nobody ever works."""
    _zone(calendar.zone)
    try:
        public_holidays(calendar.country, date.min.year + 1)
    except DocumentError as error:
        raise FieldError("country", error.message, error.fix) from None
    for n, holiday in enumerate(calendar.holidays):
        try:
            date.fromisoformat(holiday)
        except ValueError:
            raise FieldError(f"holidays.{n}", f"{holiday!r} is no day", "write it like '2026-12-25'") from None
    check_days(calendar.weekly)
    try:
        WorkingTime(calendar)
    except DocumentError as error:
        raise FieldError("weekly", error.message, error.fix or HOURS) from None
    except ValueError as error:
        raise FieldError("weekly", str(error), HOURS) from None
    check_some(calendar.weekly)


def check_portal(portal: Portal, _: Knowledge) -> None:
    """Refuse settings whose zone or currency cannot be read."""
    _zone(portal.zone)
    check_currency("currency", portal.currency)
    for way in portal.caps:
        if way not in CAPPED:
            raise FieldError(f"caps.{way}", "nothing is sent that way", f"use one of: {', '.join(CAPPED)}")
    for way, quiet in portal.quiet.items():
        if way not in CAPPED:
            raise FieldError(f"quiet.{way}", "nothing is sent that way", f"use one of: {', '.join(CAPPED)}")
        if quiet.begins == quiet.until:
            raise FieldError(f"quiet.{way}.until", "it begins when it ends", "send another time, or leave it out")


def check_resource(resource: Resource, knowledge: Knowledge) -> None:
    """Refuse a resource whose calendar nobody knows."""
    if resource.calendar and resource.calendar not in knowledge.calendars:
        fix = f"use one of: {', '.join(sorted(knowledge.calendars))}; or leave it out for the portal's working time"
        raise FieldError("calendar", f"there is no calendar {resource.calendar!r}", fix)


def check_telegram(source: Source, knowledge: Knowledge) -> None:
    """Refuse a bot's channel that could take nothing, or that nobody could answer in."""
    check_signed(source)
    check_chat(read_strictly(ChatChannel, source.settings, "settings"), knowledge)


def check_sms(source: Source, knowledge: Knowledge) -> None:
    """Refuse a number that could take no SMS, or whose words mean two things."""
    check_signed(source)
    check_words(read_strictly(SmsChannel, source.settings, "settings"), knowledge)


def check_voice(source: Source, _: Knowledge) -> None:
    """Refuse a line that could take nothing, or whose answering cannot be read."""
    check_signed(source)
    read_strictly(CallAnswering, source.settings, "settings")


def check_webhook(source: Source, _: Knowledge) -> None:
    """Refuse a webhook whose settings cannot be read, naming the field."""
    try:
        incoming_webhooks.read_settings(source)
    except DocumentError as error:
        raise FieldError(error.path, error.message, error.fix) from None


SOURCES: dict[str, Callable[[Source, Knowledge], None]] = {
    "form": lambda source, _: check_form(source, read_strictly(Form, source.settings, "settings")),
    "visits": lambda source, _: check_visits(source, read_strictly(VisitSettings, source.settings, "settings")),
    incoming_webhooks.KIND: check_webhook,
    "telegram": check_telegram,
    "twilio-voice": check_voice,
    "twilio-sms": check_sms,
}


def check_source(source: Source, knowledge: Knowledge) -> None:
    """Refuse a source whose settings cannot be read, or that would create items where there is no place for them."""
    if source.kind in SOURCES:
        SOURCES[source.kind](source, knowledge)
    creation = source.nobody.create
    if creation is not None:
        check_creation(creation, knowledge)
    elif source.nobody.do == "create":
        raise FieldError("nobody.create", "it says create, but not what", "send type, pipeline and stage")


def check_creation(creation: Creation, knowledge: Knowledge) -> None:
    """Refuse a place for new items that is not there."""
    pipeline = knowledge.pipelines.get(creation.pipeline)
    if pipeline is None or pipeline.type != creation.type:
        fix = "publish the pipeline first, or correct its id"
        raise FieldError("nobody.create.pipeline", f"{creation.type!r} has no {creation.pipeline!r}", fix)
    if pipeline.stage(creation.stage) is None:
        fix = f"use one of: {', '.join(s.key for s in pipeline.stages)}"
        raise FieldError("nobody.create.stage", f"{pipeline.id} has no stage {creation.stage!r}", fix)


def _zone(name: str) -> None:
    try:
        read_zone(name)
    except ValueError as error:
        raise FieldError("zone", str(error), "use an IANA name, like 'Europe/Lisbon'") from None


CHECKS: dict[str, Callable[[Any, Knowledge], None]] = {
    "type": check_type,
    "calendar": check_calendar,
    "constant": check_constant,
    "pause": check_pause,
    "portal": check_portal,
    "rate": check_rate,
    "source": check_source,
    "resource": check_resource,
    "person": check_person,
    "department": check_department,
}
