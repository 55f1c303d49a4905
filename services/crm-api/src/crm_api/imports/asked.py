"""What a person asks for when they import a file."""

import re
from typing import Literal

from contracts.data import Part
from pydantic import ConfigDict, Field

from crm_api.files import HASH, hash_of

THROTTLE = re.compile(r"throttle (\d{1,4}(?:\.\d{1,3})?)/s")
# The file of the examples: whoever puts these bytes to /v1/files can send them as they are.
EXAMPLE_FILE = b"title\nOak\n"
AUTOMATION = r"^(run|suppress|throttle \d{1,4}(\.\d{1,3})?/s)$"


class Written(Part):
    """How a file is written: empty `encoding` and `delimiter` are found out, an empty `sheet` is the first.

    `decimal` is the sign before the fraction of a number that is a text, `dates` the order of a date like 31.12.2026.
    """

    file: str = Field(pattern=f"^{HASH}$", description="The hash that /v1/files gave for the file's bytes.")
    encoding: str = Field("", max_length=40)
    delimiter: str = Field("", pattern=r"^[^\n\r\x00\"]?$")
    sheet: str = Field("", max_length=100)
    decimal: Literal[".", ","] = "."
    dates: Literal["dmy", "mdy"] = "dmy"


class Import(Written):
    """Rows to import: `mapping` names, for columns of the file, what they fill.

    That is a field, `title`, `responsible`, `stage`, or a field of the contact, such as `contact.phone`: a contact with
    this phone or email is found, else made, and linked. `key` is a mapped field by which an item that is there already
    is found and changed. `automation` is `run`, `suppress` (no rule runs, no trigger wakes) or `throttle N/s` (so many
    rows in a second). A `dry_run` only counts, and tells what could not be done.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "file": hash_of(EXAMPLE_FILE),
                    "type": "deal",
                    "pipeline": "deal/retail",
                    "mapping": {"title": "title"},
                    "automation": "suppress",
                }
            ]
        }
    )

    type: str
    pipeline: str = ""
    stage: str = ""
    mapping: dict[str, str] = Field(min_length=1, max_length=500)
    key: str = ""
    responsible: str | None = None
    automation: str = Field("run", pattern=AUTOMATION)
    dry_run: bool = False

    @property
    def rate(self) -> float | None:
        """Give how many rows a second are imported at most; None where it is not throttled."""
        found = THROTTLE.fullmatch(self.automation)
        return float(found[1]) if found else None
