"""The provider accounts that are open in this process, each with one client of its own."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self, TypeVar

from chassis.errors import Rejected
from chassis.retry import Pauses
from chassis.secrets import Sealer
from contracts.config import Connection
from contracts.data import Part
from pydantic import AfterValidator, Field, SecretStr, ValidationError

from action_workers.connections import opened
from action_workers.traffic.limits import Limits


def _as_it_travels(secret: SecretStr) -> SecretStr:
    written = secret.get_secret_value().strip()
    if not written.isascii() or not written.isprintable() or " " in written:
        raise ValueError("no token has such characters; copy it again")
    return SecretStr(written)


# A token that travels in a header or an address, without the blanks and the line's end that copying adds.
Token = Annotated[SecretStr, AfterValidator(_as_it_travels)]


class Account(Part):
    """What every account may set: how the pauses between attempts grow, in seconds, and their jitter (0 to 1).

    `limits` say how much it takes, counted over all replicas; what they leave open is as usual for the provider.
    """

    retry_first: float = Field(2.0, gt=0)
    retry_longest: float = Field(600.0, gt=0)
    retry_jitter: float = Field(0.5, ge=0, le=1)
    limits: Limits = Limits()

    @property
    def pauses(self) -> Pauses:
        """Give the pauses between attempts."""
        return Pauses(self.retry_first, self.retry_longest, self.retry_jitter)


@dataclass(frozen=True, slots=True)
class Works:
    """An account that works: who answered, in words, and its particulars by name."""

    words: str
    account: Mapping[str, str] = field(default_factory=dict)


class Provider(ABC):
    """One open account at one provider."""

    NAME: ClassVar[str]
    # Whether it asks addresses that people write, and for which place its secrets are sealed.
    WITHIN_THE_WEB: ClassVar[bool] = False
    SEALED_AS: ClassVar[str] = "connection"
    # What its accounts take where a connection does not say.
    LIMITS: ClassVar[Limits] = Limits()
    account: Account

    @property
    def limits(self) -> Limits:
        """Give how much the account takes."""
        return self.account.limits.over(self.LIMITS)

    @classmethod
    def one_place(cls, _: Mapping[str, Any]) -> bool:
        """Say whether all that goes by a connection with these settings goes to one place, which may be down."""
        return True

    @classmethod
    @abstractmethod
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        """Open the account that these settings and secrets name; raises `Rejected` for what is missing."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of its connections."""

    async def check(self) -> Works | None:
        """Ask something harmless that shows whether the account works, None where there is no such question.

        Nothing is sent to anybody by it. Raises `Rejected` for what must be mended, `Retryable` for what may be other
        later.
        """
        return None


class Accounts:
    """Keeps each account open for as long as its connection stays as it is."""

    def __init__(self, providers: Mapping[str, type[Provider]], sealer: Sealer | None) -> None:
        self.providers = providers
        self.sealer = sealer
        self._stack = contextlib.AsyncExitStack()
        self._open: dict[tuple[str, str], tuple[Connection, Provider]] = {}
        self._families: dict[type[Provider], frozenset[str]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def family(self, kind: type[Provider]) -> frozenset[str]:
        """Give the names of the providers that are of a kind: the one itself, or all that can do the same."""
        known = self._families.get(kind)
        if known is None:
            known = frozenset(name for name, provider in self.providers.items() if issubclass(provider, kind))
            self._families[kind] = known
        return known

    def open(self, connection: Connection) -> Provider:
        """Give the open account of a connection; raises `Rejected` where it cannot be opened."""
        key = connection.provider, connection.id
        kept = self._open.get(key)
        if kept is not None and kept[0] == connection:
            return kept[1]
        kind = self.providers[connection.provider]
        provider = kind.of(connection.id, opened(connection, self.sealer, kind.SEALED_AS))
        # The account that it replaces may still be in use; it is closed with the process.
        self._stack.push_async_callback(provider.close)
        self._open[key] = (connection, provider)
        return provider


AccountT = TypeVar("AccountT", bound=Account)


def read_account(model: type[AccountT], connection: str, values: Mapping[str, Any]) -> AccountT:
    """Read the settings of an account; raises `Rejected` that names the first wrong one."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Rejected(f"connection '{connection}': {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
