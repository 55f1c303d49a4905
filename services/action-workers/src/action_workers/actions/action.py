"""What a worker can be asked to do: an action is declared once, and everything else follows from its declaration."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from automation.knowledge import Knowledge
from chassis.errors import Rejected
from chassis.secrets import Sealer
from chassis.signing import Signer
from contracts.config import Connection, Portal
from contracts.data import JsonObject, Part
from contracts.signals import Signal

from action_workers.answers import Accepted, Answer, Gathered, Sent
from action_workers.effect import Effect
from action_workers.providers.accounts import Provider

ParamsT = TypeVar("ParamsT", bound=Part)
ProviderT = TypeVar("ProviderT", bound=Provider)


def _nobody(name: str) -> Provider:
    raise Rejected(f"no connection to {name}")


@dataclass(frozen=True, slots=True)
class Errand(Generic[ParamsT, ProviderT]):
    """One claimed effect on its way outside: its parameters, read, and the open account that it goes through.

    `own` gives an account that no person makes, such as crm-api; `signer` is for what letters carry.
    `sealer` makes what only this deployment can read again; None where it has no key.
    """

    effect: Effect
    params: ParamsT
    connection: str
    provider: ProviderT
    portal: Portal
    own: Callable[[str], Provider] = field(default=_nobody)
    signer: Signer | None = None
    sealer: Sealer | None = None


def _itself(action: "Action", effect: Effect) -> tuple["Action", Effect]:
    return action, effect


def _as_it_is(_: Effect, answer: Answer) -> Answer:
    return answer


def _never(_: JsonObject) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Action:
    """One action: `kind` is its topic's tail, group's tail and process; `provider` the account that it needs.

    Where `provider` is what several have in common, the connection decides which it is.
    `run` gives `Sent`, or `Accepted` where the answer comes later, or raises `Retryable`, `Rejected` or `Uncertain`.
    `timeout` is in seconds, for one attempt; `concurrency` how many run at once in a process. `repeatable`: the
    provider knows a second request by its key; `harmless` says of parameters that a second request changes nothing.
    `told` is the signal that an effect was sent. `account` finds the account where it is none of the connections.
    `way` says by which action, and as which effect, it goes on now where there are several ways; `conclude` what an
    answer on that way means for the whole.
    """

    name: str
    kind: str
    params: type[Part]
    provider: type[Provider]
    run: Callable[[Errand[Any, Any]], Awaitable[Sent | Accepted | Gathered]]
    attempts: int = 8
    timeout: float = 15.0
    concurrency: int = 20
    repeatable: bool = False
    harmless: Callable[[JsonObject], bool] = _never
    told: Callable[[Effect], Signal] | None = None
    account: Callable[[Effect, Knowledge], Connection] | None = None
    way: Callable[["Action", Effect], tuple["Action", Effect]] = _itself
    conclude: Callable[[Effect, Answer], Answer] = _as_it_is

    def may_repeat(self, params: JsonObject) -> bool:
        """Say whether it may be asked again though nobody knows whether it was done."""
        return self.repeatable or self.harmless(params)
