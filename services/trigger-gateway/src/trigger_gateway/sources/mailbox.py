"""A mailbox that we read over IMAP; nothing is delivered to it at the door. See `letters/mailboxes.py`."""

from typing import Literal

from chassis.problems import Problem
from contracts.config import Source
from contracts.data import Part
from pydantic import Field
from starlette.responses import JSONResponse, Response

from trigger_gateway.knocks import Knock
from trigger_gateway.letters.mime import LetterUnreadable
from trigger_gateway.letters.mime import read as read_mime
from trigger_gateway.sources.letters import told
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken, Told, refuse_plainly

KIND = "mailbox"


class MailboxSettings(Part):
    """Where a mailbox is; the password is the source's secret.

    `begin` says which letters count when it is read for the first time: those that come from now on, or all. `every` is
    how many seconds lie between two looks where the server does not tell of new letters by itself (IDLE).
    """

    host: str
    port: int = Field(993, ge=1, le=65535)
    tls: Literal["none", "starttls", "implicit"] = "implicit"
    user: str
    folder: str = "INBOX"
    begin: Literal["now", "all"] = "now"
    every: float = Field(30.0, ge=0.1, le=3600)


def plan(source: Source) -> MailboxSettings:
    """Read the settings; raises `ValueError`."""
    return MailboxSettings.model_validate(source.settings)


def read(_: Knock, __: Setup) -> Told:
    """Refuse what is sent to the door."""
    raise Problem(404, "Nothing is here", detail="Letters to this source come into its mailbox.")


def retell(knock: Knock, setup: Setup) -> Told:
    """Read a kept letter once more; raises a 422 problem."""
    try:
        return told(read_mime(knock.body), setup.signer)
    except LetterUnreadable as error:
        raise Problem(422, "The letter cannot be read", detail=str(error)) from None


def answer(_: Knock, __: Setup, ___: Taken) -> Response:
    """Answer nothing in particular."""
    return JSONResponse({"message": "Kept."})


SOURCE = SourceKind(KIND, read, answer, refuse_plainly, retell=retell, plan=plan)
