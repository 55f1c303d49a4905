"""One attempt: make ready, touch the outside world once, and say what came of it."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from automation.knowledge import Knowledge
from chassis.errors import Rejected, Retryable
from chassis.retry import Pauses
from chassis.signing import Signer
from contracts.config import Connection
from contracts.data import Part
from pydantic import ValidationError

from action_workers import connections, telemetry
from action_workers.actions import Action, Errand, find
from action_workers.answers import (
    Answer,
    Busy,
    Down,
    Refused,
    TryLater,
    Uncertain,
    Unknown,
    Unwanted,
    Word,
    kept,
    word_of,
)
from action_workers.effect import UNKNOWN, Effect
from action_workers.providers import Accounts, Provider
from action_workers.providers.accounts import Account
from action_workers.traffic.limits import Limits
from action_workers.traffic.naming import account_of, limits_of, parts

USUAL, UNLIMITED = Account().pauses, Limits()
WEB = "web"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt came to, how the next one would wait, and whether anything outside was touched."""

    answer: Answer
    pauses: Pauses = USUAL
    limits: Limits = UNLIMITED
    touched: bool = False

    @property
    def word(self) -> Word:
        """Give what it says of the account."""
        return word_of(self.answer, touched=self.touched)


class Attempts:
    """Makes attempts through the accounts of a process; `own` are connections that no person makes.

    `signer` signs what letters carry; without it they carry nothing.
    """

    def __init__(self, accounts: Accounts, *own: Connection, signer: Signer | None = None) -> None:
        self.accounts = accounts
        self.signer = signer
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
            whole = known(effect.action)
        except Rejected as error:
            return Attempt(Refused(error.reason))
        action, way = whole.way(whole, effect)
        try:
            errand = self.prepare(action, way, knowledge)
        except Rejected as error:
            return Attempt(whole.conclude(effect, Refused(error.reason)))
        answer = whole.conclude(effect, await touch(action, errand))
        return Attempt(answer, errand.provider.account.pauses, errand.provider.limits, touched=True)

    def account(self, effect: Effect, knowledge: Knowledge) -> str:
        """Name the account that an effect goes through now, `UNKNOWN` where it leads nowhere."""
        try:
            whole = known(effect.action)
            action, way = whole.way(whole, effect)
            connection = self._found(action, way, knowledge)
        except (Rejected, ValidationError):
            return UNKNOWN
        return account_of(connection, self.accounts.providers[connection.provider], way.params)

    def limits(self, account: str, knowledge: Knowledge) -> Limits:
        """Give how much an account takes."""
        name, connection = parts(account)
        found = self.own.get(name) or knowledge.connections.get(connection)
        settings = found.settings if found is not None and found.provider == name else {}
        return limits_of(self.accounts.providers.get(name), settings)

    def prepare(self, action: Action, effect: Effect, knowledge: Knowledge) -> Errand[Part, Provider]:
        """Make ready all that an attempt needs; nothing outside is touched. Raises `Rejected`."""
        try:
            params = action.params.model_validate(effect.params)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Rejected(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        connection = self._connection(action, effect, knowledge)
        account, sealer = self.accounts.open(connection), self.accounts.sealer
        return Errand(effect, params, connection.id, account, knowledge.portal, self._own, self.signer, sealer)

    def _found(self, action: Action, effect: Effect, knowledge: Knowledge) -> Connection:
        """Give the connection that an effect goes by: our own, or one that people made; raises `Rejected`."""
        family = self.accounts.family(action.provider)
        if ours := next((self.own[name] for name in family if name in self.own), None):
            return ours
        if action.account is not None:
            return action.account(effect, knowledge)
        return connections.chosen(knowledge.connections, effect.connection, family)

    def _connection(self, action: Action, effect: Effect, knowledge: Knowledge) -> Connection:
        """Give the way outside; what the deployment allows of the web holds for whatever people write."""
        found = self._found(action, effect, knowledge)
        if not action.provider.WITHIN_THE_WEB:
            return found
        allowed = self.own[WEB].settings if WEB in self.own else {}
        return connections.within(found, allowed)

    def _own(self, name: str) -> Provider:
        return self.accounts.open(self.own[name])


def known(name: str) -> Action:
    """Give an action; raises `Rejected` for one that nobody here can do."""
    action = find(name)
    if action is None:
        raise Rejected(f"no worker here knows the action '{name}'")
    return action


async def touch(action: Action, errand: Errand[Part, Provider]) -> Answer:
    """Touch the outside world once, within the action's time limit; give an answer that can be kept."""
    return kept(await _touched(action, errand))


async def _touched(action: Action, errand: Errand[Part, Provider]) -> Answer:
    try:
        async with asyncio.timeout(action.timeout):
            return await action.run(errand)
    except Rejected as error:
        return Refused(error.reason, suppress=error.suppress if isinstance(error, Unwanted) else "")
    except Retryable as error:
        return TryLater(str(error), error.after, said(error))
    except Uncertain as error:
        return Unknown(str(error), error.word)
    except TimeoutError:
        return Unknown(f"no answer within {action.timeout:g} s", "down")
    except Exception as error:
        log.exception("attempts: a mistake of ours", action=action.name)
        return Unknown(f"a mistake of ours, it may have been sent: {error!r}")


def said(error: Retryable) -> Word:
    """Give what a failure that passes says of the account."""
    if isinstance(error, Down):
        return "down"
    return "busy" if isinstance(error, Busy) else ""
