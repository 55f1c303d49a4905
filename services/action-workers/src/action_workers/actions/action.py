"""What a worker can be asked to do: an action is declared once, and everything else follows from its declaration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.config import Portal
from contracts.data import JsonObject, Part

from action_workers.answers import Sent
from action_workers.effect import Effect
from action_workers.providers.accounts import Provider

ParamsT = TypeVar("ParamsT", bound=Part)
ProviderT = TypeVar("ProviderT", bound=Provider)


@dataclass(frozen=True, slots=True)
class Errand(Generic[ParamsT, ProviderT]):
    """One claimed effect on its way outside: its parameters, read, and the open account that it goes through."""

    effect: Effect
    params: ParamsT
    connection: str
    provider: ProviderT
    portal: Portal


def _never(_: JsonObject) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Action:
    """One action: `kind` is its topic's tail, group's tail and process; `provider` the account that it needs.

    Where `provider` is what several have in common, the connection decides which it is.
    `run` gives `Sent`, or raises `Retryable`, `Rejected` or `Uncertain`. `timeout` is in seconds, for one attempt;
    `concurrency` how many run at once in a process. `repeatable`: the provider knows a second request by its key;
    `harmless` says of parameters that a second request changes nothing.
    """

    name: str
    kind: str
    params: type[Part]
    provider: type[Provider]
    run: Callable[[Errand[Any, Any]], Awaitable[Sent]]
    attempts: int = 8
    timeout: float = 15.0
    concurrency: int = 20
    repeatable: bool = False
    harmless: Callable[[JsonObject], bool] = _never

    def may_repeat(self, params: JsonObject) -> bool:
        """Say whether it may be asked again though nobody knows whether it was done."""
        return self.repeatable or self.harmless(params)
