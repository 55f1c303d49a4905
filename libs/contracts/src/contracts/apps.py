"""What a third-party app tells of itself: its manifest, with the actions that rules can do and its triggers."""

from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from contracts.data import Part
from contracts.rules import Text

AppValueKind = Literal[
    "string", "text", "integer", "decimal", "money", "boolean", "date", "datetime", "choice", "person"
]
EffectClass = Literal["reversible", "compensable", "irreversible"]
NAME = r"^[a-z][a-z0-9_]{0,62}$"
ID = r"^[a-z][a-z0-9-]{0,62}$"
MOST = 50
MOST_VALUES = 100
# In seconds: how long a call may take, and how long an answer that comes later.
LONGEST_CALL = 30
LONGEST_ANSWER = 30 * 24 * 3600
# What every signal of an app says beside its own payload.
OURS = frozenset({"app", "event", "kind"})


class AppValue(Part):
    """One typed value, in or out; `choices` are the keys of a `choice`, read as fields of items are."""

    key: str = Field(pattern=NAME)
    kind: AppValueKind = "string"
    name: Text = ""
    help: Text = ""
    required: bool = False
    choices: tuple[str, ...] = Field((), max_length=MOST_VALUES)

    @model_validator(mode="after")
    def _has_choices(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a choice needs `choices`, and nothing else has them")
        return self


class AppAction(Part):
    """Something that rules can have an app do.

    `effect` says whether it can be taken back. `answers` is `at_once` or `later`; `time_limit` is in seconds, of the
    call, or until the later answer. An `idempotent` one knows a second call by its id, and may be called again.
    """

    key: str = Field(pattern=ID)
    name: Text = ""
    help: Text = ""
    inputs: tuple[AppValue, ...] = Field((), max_length=MOST_VALUES)
    outputs: tuple[AppValue, ...] = Field((), max_length=MOST_VALUES)
    effect: EffectClass = "irreversible"
    idempotent: bool = False
    answers: Literal["at_once", "later"] = "at_once"
    time_limit: int = Field(15, ge=1, le=LONGEST_ANSWER)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.answers == "at_once" and self.time_limit > LONGEST_CALL:
            raise ValueError(f"an answer at once comes within {LONGEST_CALL} seconds; let it answer later")
        _once("inputs", (one.key for one in self.inputs))
        _once("outputs", (one.key for one in self.outputs))
        return self


class AppTrigger(Part):
    """Something that happens at an app, and that triggers can listen to."""

    key: str = Field(pattern=ID)
    name: Text = ""
    help: Text = ""
    payload: tuple[AppValue, ...] = Field((), max_length=MOST_VALUES)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        _once("payload", (one.key for one in self.payload))
        if taken := OURS & {one.key for one in self.payload}:
            raise ValueError(f"the payload has a value of the name {', '.join(sorted(taken))}, which is ours")
        return self


class App(Part):
    """An installed app: its manifest, and the sealed secrets that are valid now.

    `address` is where it is called; `secrets` are `secret`, and `old_secret` while it is changed for another.
    """

    id: str = Field(pattern=ID)
    name: Text = ""
    description: Text = ""
    publisher: str = Field("", max_length=200)
    address: str = Field(max_length=2000)
    actions: tuple[AppAction, ...] = Field((), max_length=MOST)
    triggers: tuple[AppTrigger, ...] = Field((), max_length=MOST)
    secrets: dict[str, str] = Field(default_factory=dict)

    @field_validator("address")
    @classmethod
    def _is_address(cls, address: str) -> str:
        try:
            parts = urlsplit(address)
            parts.port  # noqa: B018  reads it, and raises for one that is none
        except ValueError:
            raise ValueError("this is no address") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None or parts.fragment:
            raise ValueError("an address is https://host/path, without name, password and #part")
        return address

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        _once("actions", (one.key for one in self.actions))
        _once("triggers", (one.key for one in self.triggers))
        return self

    def action(self, key: str) -> AppAction | None:
        """Give the action of this key."""
        return next((one for one in self.actions if one.key == key), None)

    def trigger(self, key: str) -> AppTrigger | None:
        """Give the trigger of this key."""
        return next((one for one in self.triggers if one.key == key), None)


def _once(what: str, keys: Any) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{what}: the key {key!r} is there twice")
        seen.add(key)
