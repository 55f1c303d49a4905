"""A submission of a form: what was filled in, checked field by field, and what it tells."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from contracts.config import Source
from contracts.consents import CONSENTS
from contracts.data import JsonObject
from contracts.forms import SUBMISSION, TRAP, VISITOR, Form, FormField
from contracts.signals import Identity

from trigger_gateway.identities import IdentityUnreadable, read_email, read_phone

KIND, CALLBACK = "form.submitted", "callback.requested"
LONGEST, LONGEST_TEXT = 1_000, 20_000
TICKED = "yes"
TICKS = frozenset({"yes", "on", "true", "1"})
HASH = re.compile(r"[0-9a-f]{64}")
# What can be wrong with a value, by the word that says so on the page; programs hear it in English.
Wrong = Literal["missing", "tick", "email", "phone", "number", "date", "choice", "long", "file"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in: values as they were typed, files by the hash of their content, and what only our page sends."""

    values: Mapping[str, str]
    files: Mapping[str, tuple[JsonObject, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id that the page was made with: a second press of the button has the same."""
        return self.values.get(SUBMISSION, "")

    @property
    def visitor(self) -> str:
        """The visitor who filled it in, where they agreed to be known."""
        return self.values.get(VISITOR, "")

    @property
    def trapped(self) -> bool:
        """Say whether a field was filled in that people do not see."""
        return bool(self.values.get(TRAP))


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission after its check: values in their one form, and by field what is wrong."""

    values: dict[str, str]
    wrong: dict[str, Wrong]


def check(form: Form, source: Source, submission: Submission, country: str) -> Checked:
    """Read every value as its field's kind; nothing that the form does not ask for is looked at."""
    values: dict[str, str] = {}
    wrong: dict[str, Wrong] = {}
    for asked, written in _written(form, submission):
        read = READING[asked.kind](asked, written, country) if written else None
        if read is not None:
            values[asked.key] = read
        elif written:
            wrong[asked.key] = _unreadable(asked, written)
        elif asked.required or asked.key in source.required:
            wrong[asked.key] = "tick" if asked.kind == "checkbox" else "missing"
    return Checked(values, wrong | _not_agreed(form, submission))


def told(form: Form, source: Source, submission: Submission, values: Mapping[str, str]) -> JsonObject:
    """Give what a submission tells, all that a signal of it carries."""
    payload: JsonObject = {**values, "form": source.id}
    for key, kept in submission.files.items():
        if kept:
            payload[key] = kept[0]["hash"] if len(kept) == 1 else [one["hash"] for one in kept]
    if files := [one for kept in submission.files.values() for one in kept]:
        payload["files"] = files
    return payload | agreed(form, submission)


def agreed(form: Form, submission: Submission) -> JsonObject:
    """Give the part of a payload that tells what was agreed to; a box that is left empty says nothing."""
    given = list(_agreements(form, submission))
    return {CONSENTS: given} if given else {}


def identities(form: Form, source: Source, values: Mapping[str, str]) -> tuple[Identity, ...]:
    """Give who sent it: by the fields that the source names, else by the form's fields for phone and email."""
    named = source.identities or {f.kind: f.key for f in reversed(form.fields) if f.kind in {"phone", "email"}}
    kinds = {field.key: field.kind for field in form.fields}
    # What a field of another kind holds was not read as a phone number or an email.
    told = {kind: values[key] for kind, key in named.items() if values.get(key) and kinds.get(key) == kind}
    return tuple(Identity.model_validate({"kind": kind, "value": value}) for kind, value in told.items())


def kind(form: Form, source: Source) -> str:
    """Give the kind of signal that a form makes."""
    return CALLBACK if form.callback else source.signals or KIND


def box(key: str) -> str:
    """Give the name of a consent's box."""
    return f"consent.{key}"


def ticked(submission: Submission, key: str) -> bool:
    """Say whether a consent's box is ticked."""
    return submission.values.get(box(key), "").lower() in TICKS


def _agreements(form: Form, submission: Submission) -> Iterator[JsonObject]:
    for consent in form.consents:
        if ticked(submission, consent.key):
            told_of = {"text": consent.key, "version": consent.version}
            yield from ({"channel": channel, "state": "given", **told_of} for channel in consent.channels)


def _written(form: Form, submission: Submission) -> Iterator[tuple[FormField, str]]:
    """Give each field with what was written; those are left out whose files came themselves."""
    for asked in form.fields:
        if asked.kind != "file" or not submission.files.get(asked.key):
            yield asked, submission.values.get(asked.key, "").strip()


def _not_agreed(form: Form, submission: Submission) -> dict[str, Wrong]:
    lacking = (one for one in form.consents if one.required and not ticked(submission, one.key))
    return {box(consent.key): "tick" for consent in lacking}


def _unreadable(asked: FormField, written: str) -> Wrong:
    if len(written) > LONGEST and asked.kind != "textarea":
        return "long"
    problems: dict[str, Wrong] = {"text": "long", "textarea": "long", "hidden": "long", "checkbox": "tick"}
    return problems.get(asked.kind, asked.kind)  # type: ignore[arg-type]  # the others are called like their kind


def _text(_: FormField, written: str, __: str) -> str | None:
    return written if len(written) <= LONGEST else None


def _long_text(_: FormField, written: str, __: str) -> str | None:
    return written if len(written) <= LONGEST_TEXT else None


def _email(_: FormField, written: str, __: str) -> str | None:
    try:
        return read_email(written)
    except IdentityUnreadable:
        return None


def _phone(_: FormField, written: str, country: str) -> str | None:
    try:
        return read_phone(written, country) if len(written) <= LONGEST else None
    except IdentityUnreadable:
        return None


def _number(_: FormField, written: str, __: str) -> str | None:
    """Read a number as people of any country write it; no thousands are grouped."""
    plain = written.replace(",", ".")
    try:
        return plain if len(plain) <= LONGEST and math.isfinite(float(plain)) else None
    except ValueError:
        return None


def _date(_: FormField, written: str, __: str) -> str | None:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return None


def _choice(asked: FormField, written: str, _: str) -> str | None:
    return written if written in asked.choices else None


def _checkbox(_: FormField, written: str, __: str) -> str | None:
    return TICKED if written.lower() in TICKS else None


def _file(_: FormField, written: str, __: str) -> str | None:
    """Read a file that was kept before: a delivery that is read again names it by its hash."""
    return written if HASH.fullmatch(written) else None


READING: Mapping[str, Callable[[FormField, str, str], str | None]] = {
    "text": _text,
    "email": _email,
    "phone": _phone,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "checkbox": _checkbox,
    "textarea": _long_text,
    "file": _file,
    "hidden": _text,
}
