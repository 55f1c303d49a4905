"""Keys of programs: 256 random bits, shown once, kept as their SHA-256; each acts as a person, within limits."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chassis.principals import Principal
from contracts.data import Part
from contracts.people import Grant, ItemAction

from crm_api.access.rights import ANY, Level, Rights

PREFIX = "sbx"


class Scope(Part):
    """What a key may do at most; it never adds to the rights of its person.

    `types` are element types (`*`: any); `automation` is what it may do with rules and triggers of these; `admin` lets
    it do what its person may do as an admin.
    """

    actions: tuple[ItemAction, ...] = ("read",)
    types: tuple[str, ...] = (ANY,)
    automation: Literal["none", "read", "change"] = "none"
    admin: bool = False

    def within(self, rights: Rights) -> Rights:
        """Give what is left of a person's rights."""
        if self.admin and rights.admin:
            return rights
        grants = tuple(narrowed for grant in rights.grants for narrowed in self._narrowed(grant))
        return Rights(rights.name, rights.person, False, grants, self._automation(rights), rights.colleagues)

    def _narrowed(self, grant: Grant) -> Sequence[Grant]:
        actions = tuple(action for action in grant.actions if action in self.actions)
        return [grant.model_copy(update={"actions": actions, "type": type_}) for type_ in self._types(grant.type)]

    def _types(self, granted: str) -> Sequence[str]:
        if ANY in self.types:
            return (granted,)
        return self.types if granted == ANY else tuple({granted} & set(self.types))

    def _automation(self, rights: Rights) -> dict[str, Level]:
        together: dict[str, Level] = {}
        for held, level in rights.automation.items() if self.automation != "none" else ():
            for type_ in self._types(held):
                # Held for the type and for any: the greater one counts.
                if together.get(type_) != "change":
                    together[type_] = self._level(level)
        return together

    def _level(self, held: Level) -> Level:
        return "change" if held == self.automation == "change" else "read"


class ApiKey(Part):
    """A key as it is kept and shown, without its secret; `scope` None means all that its person may do."""

    id: str
    person: str
    name: str
    scope: Scope | None = None
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """The text of a key, which begins with its id, so that it is found without its secret."""

    id: str
    text: str

    @classmethod
    def new(cls) -> "Secret":
        """Make one that nobody can guess."""
        id_ = secrets.token_hex(6)
        return cls(id_, f"{PREFIX}_{id_}_{secrets.token_hex(32)}")

    @classmethod
    def read(cls, text: str) -> "Secret | None":
        """Read what somebody shows; None where it is no key."""
        parts = text.split("_")
        return cls(parts[1], text) if len(parts) == 3 and parts[0] == PREFIX else None  # noqa: PLR2004  its own form

    @property
    def digest(self) -> bytes:
        """Give what is kept of it; with so many random bits nothing slower is needed."""
        return hashlib.sha256(self.text.encode()).digest()

    def fits(self, digest: bytes) -> bool:
        """Say in constant time whether it is the key of which this was kept."""
        return hmac.compare_digest(self.digest, digest)


def principal(key: ApiKey) -> Principal:
    """Give who asks with a key."""
    return Principal(f"user:{key.person}", key=key.id, scope=key.scope)
