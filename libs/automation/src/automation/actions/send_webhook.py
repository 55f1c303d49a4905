"""send-webhook: a signed message to any address; parts of the answer are for the later rules of the same activation."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from contracts.actions import Recipient
from contracts.config import Connection
from pydantic import Field, field_validator

from automation.actions.action import Action, Effects, Means, Params, Text
from automation.actions.http_fetch import MOST, OURS, STATUS, Readings, host_of, names, theirs
from automation.facts import Facts

PROVIDER = "webhook"
SIGNED = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature", "content-type"})


class Webhook(Params):
    """`url` is an address, or a path below that of the connection; `body` is JSON whose texts have placeholders.

    `read` maps names of results to JMESPath on the answer, as `data.number`.
    """

    connection: str = ""
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Text = ""
    headers: Annotated[dict[str, str], Means.TEXTS] = Field(default_factory=dict, max_length=MOST)
    body: Annotated[Any, Means.TEXTS] = None
    read: Readings = Field(default_factory=dict)

    @field_validator("headers")
    @classmethod
    def _are_theirs(cls, headers: dict[str, str]) -> dict[str, str]:
        return theirs(headers, OURS | SIGNED)


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add whom it is for, the host, and whether the receiver knows a repeat by its id."""
    account = _account(facts)
    written = effects.params["url"] or str(account.settings.get("base_url", "") if account else "")
    deduplicates = account is not None and account.settings.get("deduplicates") is True
    params = {**effects.params, "deduplicates": deduplicates}
    return replace(effects, recipients=(Recipient(whom="web", name=host_of(written)),), params=params)


def _account(facts: Facts) -> Connection | None:
    """Give the connection that the rule names, or the only one for webhooks."""
    known = facts.knowledge.connections
    if facts.rule is not None and (named := facts.rule.params.get("connection")):
        return known.get(named)
    fitting = [one for one in known.values() if one.provider == PROVIDER]
    return fitting[0] if len(fitting) == 1 else None


ACTION = Action(
    "send-webhook", "webhook", "web", "irreversible", Webhook, results=(STATUS,), names=names, finish=finish
)
