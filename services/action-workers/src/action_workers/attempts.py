"""One attempt: make ready, touch the outside world once, and say what came of it."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from automation.knowledge import Knowledge
from chassis.errors import Rejected, Retryable
from chassis.retry import Pauses
from contracts.config import Connection
from contracts.data import Part
from pydantic import ValidationError

from action_workers import connections, telemetry
from action_workers.actions import ACTIONS, Action, Errand
from action_workers.answers import Answer, Refused, TryLater, Uncertain, Unknown
from action_workers.effect import Effect
from action_workers.providers import Accounts, Provider
from action_workers.providers.accounts import Account

USUAL = Account().pauses
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt came to, and how the next one would wait."""

    answer: Answer
    pauses: Pauses = USUAL


class Attempts:
    """Makes attempts through the accounts of a process; `own` are connections that no person makes."""

    def __init__(self, accounts: Accounts, *own: Connection) -> None:
        self.accounts = accounts
        self.own = {connection.provider: connection for connection in own}

    async def make(self, effect: Effect, knowledge: Knowledge) -> Attempt:
        """Attempt a claimed effect; never raises."""
        began = time.monotonic()
        made = await self._make(effect, knowledge)
        telemetry.ATTEMPTS.labels(effect.action, type(made.answer).__name__.lower()).inc()
        telemetry.ATTEMPT_SECONDS.labels(effect.action).observe(time.monotonic() - began)
        return made

    async def _make(self, effect: Effect, knowledge: Knowledge) -> Attempt:
        try:
            action = known(effect.action)
            errand = self.prepare(action, effect, knowledge)
        except Rejected as error:
            return Attempt(Refused(error.reason))
        return Attempt(await touch(action, errand), errand.provider.account.pauses)

    def prepare(self, action: Action, effect: Effect, knowledge: Knowledge) -> Errand[Part, Provider]:
        """Make ready all that an attempt needs; nothing outside is touched. Raises `Rejected`."""
        try:
            params = action.params.model_validate(effect.params)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Rejected(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        family = self.accounts.family(action.provider)
        ours = next((self.own[name] for name in family if name in self.own), None)
        connection = ours or connections.chosen(knowledge.connections, effect.connection, family)
        return Errand(effect, params, connection.id, self.accounts.open(connection), knowledge.portal)


def known(name: str) -> Action:
    """Give an action; raises `Rejected` for one that nobody here can do."""
    action = ACTIONS.get(name)
    if action is None:
        raise Rejected(f"no worker here knows the action '{name}'")
    return action


async def touch(action: Action, errand: Errand[Part, Provider]) -> Answer:
    """Touch the outside world once, within the action's time limit."""
    try:
        async with asyncio.timeout(action.timeout):
            return await action.run(errand)
    except Rejected as error:
        return Refused(error.reason)
    except Retryable as error:
        return TryLater(str(error), error.after)
    except Uncertain as error:
        return Unknown(str(error))
    except TimeoutError:
        return Unknown(f"no answer within {action.timeout:g} s")
    except Exception as error:
        log.exception("attempts: a mistake of ours", action=action.name)
        return Unknown(f"a mistake of ours, it may have been sent: {error!r}")
