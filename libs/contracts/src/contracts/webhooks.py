"""How a source of the kind `webhook` is checked, and where in its requests what we need is found."""

from typing import Literal

from pydantic import Field

from contracts.data import Part

NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,99}$"
HEADER = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
LONGEST_PATH = 500


class Header(Part):
    """A header of the request, by its name."""

    header: str = Field(pattern=HEADER)


# A JMESPath into the body, or a header.
Place = str | Header


class Hmac(Part):
    """Where a sender puts its HMAC over the raw body, and how it writes it; `prefix` stands before it (`sha256=`)."""

    header: str = Field(pattern=HEADER)
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = Field("", max_length=50)


class KindOf(Part):
    """Where a request says what it is about, and which kind of signal each such word means; others mean nothing."""

    found: Place = Field(alias="from")
    means: dict[str, str] = Field(min_length=1, max_length=200)


class FieldMapping(Part):
    """Where in a request everything is that a signal tells.

    `payload` names what triggers and rules read; without it they read the whole body. `item` is the id of an item of
    ours, `happened_at` a moment in ISO 8601 or in seconds since 1970. Without `kind`, all are of the source's one kind.
    """

    payload: dict[str, Place] | None = Field(None, max_length=200)
    identities: dict[Literal["phone", "email", "chat"], Place] = Field(default_factory=dict)
    item: Place | None = None
    happened_at: Place | None = None
    kind: KindOf | None = None


class WebhookSettings(Part):
    """The settings of a webhook.

    `check` is what must hold besides the token of the address: `standard` (Standard Webhooks 1.0), `hmac`, or nothing.
    `delivery` is where the sender's own id of a delivery stands, where the format does not say it. Of a sender without
    ids, an equal body is a repeat (`without_id: same`), or each request is a delivery of its own (`new`).
    """

    check: Literal["standard", "hmac", "token"]
    hmac: Hmac | None = None
    cloudevents: bool = False
    delivery: Place | None = None
    without_id: Literal["same", "new"] = "same"
    mapping: FieldMapping = FieldMapping()
