"""Forms of our own: what a form asks, what its sender agrees to, and how it looks; the settings of a `form` source."""

from typing import Literal

from pydantic import Field

from contracts.consents import ConsentChannel
from contracts.data import Part
from contracts.rules import Text

FormFieldKind = Literal["text", "email", "phone", "number", "date", "choice", "checkbox", "textarea", "file", "hidden"]
# What the page sends beside the fields; no field may be called so.
SUBMISSION, VISITOR, TRAP, LANGUAGE = "submission", "visitor", "your_homepage_", "lang"
RESERVED = frozenset({SUBMISSION, VISITOR, TRAP, LANGUAGE, "form", "files", "consents", "kind", "site"})
FILE_TYPES = ("application/pdf", "image/png", "image/jpeg", "text/plain")


class FormField(Part):
    """One field; a `hidden` one is filled from the address of the page (`?utm_source=…`).

    Of a `choice` one of `choices` is chosen. A `file` is of the media types that it accepts.
    """

    key: str
    label: Text = ""
    kind: FormFieldKind = "text"
    help: Text = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    choice_names: dict[str, Text] = Field(default_factory=dict)
    accept: tuple[str, ...] = FILE_TYPES


class FormConsent(Part):
    """One box to tick: ticked, it gives consent for its channels; `version` says which wording was shown."""

    key: str
    text: Text
    channels: tuple[ConsentChannel, ...] = ()
    required: bool = False
    version: str = "1"


class Form(Part):
    """A form; without fields there is no page, and whatever is posted is taken.

    `sites` are the origins (`https://shop.example`) that may show it in a frame, and to which it may lead after it is
    sent. With `callback` a submission also asks to be called back. Colours are `#rrggbb`.
    """

    title: Text = ""
    intro: Text = ""
    fields: tuple[FormField, ...] = ()
    consents: tuple[FormConsent, ...] = ()
    button: Text = ""
    thanks: Text = ""
    redirect: str = ""
    sites: tuple[str, ...] = ()
    callback: bool = False
    colour: str = "#1f4fa3"
    background: str = "#ffffff"
