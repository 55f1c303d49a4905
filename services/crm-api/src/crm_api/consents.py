"""What was said about consent: which state a channel came to, by whose words, and when."""

from datetime import datetime
from uuid import UUID

from contracts.consents import ConsentChannel, ConsentSaid, ConsentState
from contracts.data import Part


class Consent(Part):
    """One thing that was said about one channel of one contact; it is never changed, only followed by another.

    `source` is the form or other door, or `person` for one of ours; `text` names the words that were shown, `version`
    which wording. `said_by` is who wrote it down, `signal` the signal that told it.
    """

    id: UUID
    contact: UUID
    channel: ConsentChannel
    state: ConsentState
    source: str
    text: str = ""
    version: str = ""
    said_by: str = ""
    signal: UUID | None = None
    at: datetime


def after(held: dict[str, ConsentState], said: tuple[ConsentSaid, ...]) -> dict[str, ConsentState]:
    """Give what holds after something was said; what is unknown is left out."""
    states: dict[str, ConsentState] = {**held, **{one.channel: one.state for one in said}}
    return {channel: state for channel, state in sorted(states.items()) if state != "unknown"}


def together(one: dict[str, ConsentState], other: dict[str, ConsentState]) -> dict[str, ConsentState]:
    """Give what holds for two records of one person: a refusal outweighs a yes, a yes that nothing is known."""
    refused = {channel for states in (one, other) for channel, state in states.items() if state == "refused"}
    both: dict[str, ConsentState] = {**other, **one}
    return {channel: "refused" if channel in refused else both[channel] for channel in sorted(both)}
