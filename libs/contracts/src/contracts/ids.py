"""Ids that follow from what they name: the same input gives the same id, always (UUIDv5, RFC 9562)."""

from hashlib import sha1
from uuid import UUID

ROOT = UUID("6f1d3c52-5f0e-5f63-9d0a-1c1f6b1f7a11")
IN = ROOT.bytes
# Where the version and the variant stand in an id, and what stands there in one of version 5.
TOLD = ~((0xF << 76) | (0x3 << 62))
VERSION_5 = (0x5 << 76) | (0x2 << 62)


def derived(kind: str, *parts: object) -> UUID:
    """Give the id of the thing of this kind that the parts name, in order."""
    # What `uuid5` does, which takes four times as long and stands in the way of every row that is planned.
    name = "\x1f".join((kind, *map(str, parts))).encode()
    number = int.from_bytes(sha1(IN + name, usedforsecurity=False).digest()[:16], "big")
    return UUID(int=number & TOLD | VERSION_5)


def rule_id(pipeline: str, stage: str, key: str) -> UUID:
    """Give the lasting id that a rule gets at its first publish."""
    return derived("rule", pipeline, stage, key)


def execution_id(rule: UUID | str, item: UUID | str, activation: int, occurrence: str = "0") -> UUID:
    """Give the id of one rule for one occurrence in one activation of one item; ids may come as they are written."""
    return derived("execution", rule, item, activation, occurrence)


def effect_id(execution: UUID, whom: str) -> UUID:
    """Give the id of one outside act of an execution; `whom` names for whom it is."""
    return derived("effect", execution, whom)


def signal_id(source: str, delivery: str) -> UUID:
    """Give the id of the signal that a source announced under its own delivery id."""
    return derived("signal", source, delivery)


def inside_signal_id(event: UUID, kind: str) -> UUID:
    """Give the id of a signal that follows from an event of ours."""
    return derived("inside-signal", event, kind)


def trigger_id(pipeline: str, stage: str, key: str) -> UUID:
    """Give the lasting id of a trigger."""
    return derived("trigger", pipeline, stage, key)
