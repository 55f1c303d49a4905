"""All that rules need to be understood, on `crm.config`: numbered records, each replacing the one of the same key."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.apps import App
from contracts.commands import Nobody
from contracts.data import Data, JsonObject, Part
from contracts.elements import ElementType
from contracts.people import Department, Person, Role
from contracts.rules import RuleSet, Stage, Text, Trigger
from contracts.signals import Sets

TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"


class Pipeline(Part):
    """Ordered stages of one type, its triggers, and the number of the rule set that holds for new entries.

    `id` is `<type>/<key>`. Triggers are not numbered: they decide on what holds now.
    """

    id: str
    type: str
    name: Text = ""
    owner: str = ""
    stages: tuple[Stage, ...]
    triggers: dict[str, tuple[Trigger, ...]] = Field(default_factory=dict)
    rule_set: int = 0

    def stage(self, key: str) -> Stage | None:
        """Give the stage of this key."""
        return next((s for s in self.stages if s.key == key), None)


class Calendar(Part):
    """Working time: intervals by weekday (0 = Monday) as `("09:00", "18:00")`, holidays, zone.

    `country` adds the public holidays of a country (`PT`) or of a part of it (`DE-BY`) to those by hand.
    """

    id: str
    zone: str
    weekly: dict[int, tuple[tuple[str, str], ...]]
    holidays: tuple[str, ...] = ()
    country: str = ""


class Connection(Part):
    """An account at a provider; `secrets` hold sealed values only (`chassis.secrets`)."""

    id: str
    provider: str
    settings: JsonObject = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)


class Source(Part):
    """A door for events from outside: who sends, how it is checked, what follows.

    `kind` is the file that reads it (`form`, `stripe`), `token` the secret part of its address. `secrets` hold the
    sealed keys that are valid now, by name. `signals` is the kind of its signals where the source does not say.
    `sets` applies to the item that a signal of the kinds in `sets_on` is bound to. `identities` maps `phone`, `email`
    and `chat` to payload keys; `required` are payload keys that must be there.
    """

    id: str
    kind: str
    token: str
    signals: str = ""
    settings: JsonObject = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)
    identities: dict[str, str] = Field(default_factory=dict)
    required: tuple[str, ...] = ()
    nobody: Nobody = Nobody()
    sets: Sets | None = None
    sets_on: tuple[str, ...] = ()


class Pause(Part):
    """What is paused: a rule (its id), a pipeline (its id), or `all`; a record without `paused` resumes it."""

    scope: Literal["rule", "pipeline", "all"]
    of: str = ""
    paused: bool = True


class Cap(Part):
    """How often one contact may be written to in a way, by all rules together: so often in so many hours.

    What is one too many is skipped, or put off until there is room. Messages that are `important` do not count.
    """

    at_most: int = Field(ge=1, le=1000)
    hours: int = Field(ge=1, le=365 * 24)
    over: Literal["skip", "postpone"] = "skip"


class Quiet(Part):
    """When clients are left alone: from one time of day until another, by the clocks where they live.

    What comes up meanwhile is put off to the end, or skipped. `of` says what is held: all, or advertising alone.
    Messages that are `important` go at any time.
    """

    begins: str = Field(alias="from", pattern=TIME_OF_DAY, examples=["21:00"])
    until: str = Field(pattern=TIME_OF_DAY, examples=["09:00"])
    over: Literal["put_off", "skip"] = "put_off"
    of: Literal["all", "advertising"] = "all"


class Portal(Part):
    """The company's own settings; `caps` and `quiet` hours are by the way: `sms`, `email`, `call`, `message`."""

    zone: str = "UTC"
    country: str = "PT"
    currency: str = "EUR"
    language: str = "en"
    public_url: str = ""
    caps: dict[str, Cap] = Field(default_factory=dict)
    quiet: dict[str, Quiet] = Field(default_factory=dict)


class Clock(Part):
    """How far the rehearsal clock is ahead of real time."""

    offset: timedelta = timedelta()


class Template(Part):
    """A document template; its bytes are crm-api's, by content hash.

    `link_days` is how long the links of its documents are good; None for ever.
    """

    id: str
    name: Text = ""
    file: str
    content_type: str = "text/html"
    title: str = ""
    link_days: int | None = Field(default=None, ge=1, le=3650)


class Resource(Part):
    """What can be booked by one at a time: a room, a van, a fitter's hours.

    `calendar` says when, empty for the portal's working time; `slot_minutes` is how long one booking usually takes.
    """

    id: str
    name: Text = ""
    calendar: str = ""
    slot_minutes: int = Field(default=60, ge=5, le=24 * 60)
    active: bool = True


class Rate(Part):
    """What one unit of a currency is worth in another from a day on."""

    currency: str
    to: str
    on: date
    rate: Decimal = Field(gt=0)


class Constant(Part):
    """A value that rules name as `const.<id>`."""

    id: str
    name: Text = ""
    value: str | int | bool | Decimal


class Erasure(Part):
    """A person whose data is gone and stays gone: the contact, and keyed hashes of phone, email and chats.

    `items` are those that ever linked to the contact, `signals` those that told of the person: what was made of them
    tells of the person too. `removed` counts what crm-api held of them.
    """

    contact: UUID
    identities: tuple[str, ...] = ()
    items: tuple[UUID, ...] = ()
    signals: tuple[UUID, ...] = ()
    removed: dict[str, int] = Field(default_factory=dict)
    at: datetime


KINDS: dict[str, type[Part]] = {
    "type": ElementType,
    "pipeline": Pipeline,
    "rule-set": RuleSet,
    "calendar": Calendar,
    "person": Person,
    "department": Department,
    "role": Role,
    "rate": Rate,
    "constant": Constant,
    "erasure": Erasure,
    "connection": Connection,
    "source": Source,
    "pause": Pause,
    "portal": Portal,
    "clock": Clock,
    "template": Template,
    "resource": Resource,
    "app": App,
}


class ConfigChanged(Data):
    """One numbered change; `data` is the record of its kind, as `KINDS` says, empty where `deleted`."""

    TYPE: ClassVar[str] = "crm.config.changed.v1"
    kind: str
    id: str
    revision: int
    deleted: bool = False
    data: JsonObject = Field(default_factory=dict)
    changed_by: str = ""
    changed_at: datetime

    def record(self) -> Any:
        """Read the record as the model of its kind; raises `ValidationError`, or `KeyError` for an unknown kind."""
        return KINDS[self.kind].model_validate(self.data)
