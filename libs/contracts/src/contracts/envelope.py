"""CloudEvents 1.0 in the Kafka binding's binary mode: attributes are headers, the value is the data alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

Headers = list[tuple[str, bytes]]
CONTENT_TYPE = ("content-type", b"application/json")
SPECVERSION = ("ce_specversion", b"1.0")


class EnvelopeUnreadable(Exception):
    """The headers of a record are not those of a CloudEvent of ours."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a message passes on to those that follow from it.

    `correlation` is the root cause, `causation` the direct one; `hops` counts automated moves and creations;
    `actor` is `user:<id>`, `service:<name>` or `system`; `traceparent` as W3C Trace Context has it.
    """

    correlation: UUID
    causation: UUID
    hops: int = 0
    actor: str = "system"
    traceparent: str = ""

    def hop(self) -> "Cause":
        """Count one automated move or creation."""
        return replace(self, hops=self.hops + 1)

    def by(self, actor: str) -> "Cause":
        """Name another actor."""
        return replace(self, actor=actor)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one message.

    `persons` are the contacts whose data is inside, `identities` keyed hashes where the contact is not known yet.
    """

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    cause: Cause
    persons: tuple[UUID, ...] = ()
    identities: tuple[str, ...] = ()

    def follow(self, actor: str | None = None) -> Cause:
        """Give the cause that messages which follow from this one carry."""
        return replace(self.cause, causation=self.id, actor=actor or self.cause.actor)

    def headers(self) -> Headers:
        """Write the attributes as Kafka headers."""
        cause = self.cause
        correlation = str(cause.correlation).encode()
        root = cause.causation is cause.correlation
        pairs = [
            CONTENT_TYPE,
            SPECVERSION,
            ("ce_id", str(self.id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.isoformat().encode()),
            ("ce_correlationid", correlation),
            ("ce_causationid", correlation if root else str(cause.causation).encode()),
            ("ce_hops", b"%d" % cause.hops),
            ("ce_actor", cause.actor.encode()),
        ]
        if cause.traceparent:
            pairs.append(("traceparent", cause.traceparent.encode()))
        if self.persons:
            pairs.append(("ce_persons", ",".join(map(str, self.persons)).encode()))
        if self.identities:
            pairs.append(("ce_identities", ",".join(self.identities).encode()))
        return pairs

    @classmethod
    def read(cls, headers: Iterable[tuple[str, bytes | None]]) -> "Envelope":
        """Read the attributes from Kafka headers; raises `EnvelopeUnreadable` that names what is wrong.

        A header may have no value at all (null); then it is as if it were not there.
        """
        try:
            return cls._read({name: value.decode() for name, value in headers if value is not None})
        except KeyError as missing:
            raise EnvelopeUnreadable(f"header {missing.args[0]} is missing") from None
        except ValueError as error:
            raise EnvelopeUnreadable(f"a header cannot be read: {error}") from None

    @classmethod
    def _read(cls, head: dict[str, str]) -> "Envelope":
        cause = Cause(
            correlation=UUID(head["ce_correlationid"]),
            causation=UUID(head["ce_causationid"]),
            hops=int(head["ce_hops"]),
            actor=head["ce_actor"],
            traceparent=head.get("traceparent", ""),
        )
        return cls(
            id=UUID(head["ce_id"]),
            type=head["ce_type"],
            source=head["ce_source"],
            subject=head["ce_subject"],
            time=datetime.fromisoformat(head["ce_time"]),
            cause=cause,
            persons=tuple(UUID(p) for p in head.get("ce_persons", "").split(",") if p),
            identities=tuple(i for i in head.get("ce_identities", "").split(",") if i),
        )
