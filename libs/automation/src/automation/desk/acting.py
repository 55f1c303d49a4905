"""What is due is decided and sent on its way; what ends lets the rule after it run.

`dispatched` and the message to the worker are one transaction, under the lock of the item: an execution is either
dispatched or cancelled, never both.
"""

from collections.abc import Callable
from uuid import UUID

from contracts import topics
from contracts.executions import PENDING, ExecutionRow, PlanNote
from contracts.rules import Rule
from contracts.topics import Topic

from automation import planning
from automation.app_actions import kind_of
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.listening import give_up, hear, listening
from automation.desk.said import Unsayable
from automation.desk.series import go_on
from automation.desk.succeeding import bring_up, brought_up
from automation.dispatching import Closed, Command, Decision, Held, Perform, Postponed, decide
from automation.settling import previous, release
from automation.succession import Migrates, fate, superseded

# What waits for the rule before it, or was told that it never will run: that one may succeed later.
UNRELEASED = frozenset({"waiting_for_previous", "blocked"})


def dispatch(desk: Desk, execution: Execution) -> None:
    """Decide an execution that is due; where nothing may fire now it stays due."""
    if desk.gate_open:
        guarded(desk, execution, _decided)


def guarded(desk: Desk, execution: Execution, do: Callable[[Desk, Execution], None]) -> None:
    """Do something about one execution; a fault of ours ends that one as failed, and stops nobody else."""
    try:
        do(desk, execution)
    except Unsayable as error:
        _fail(desk, execution, str(error))
    except Exception as error:  # noqa: BLE001  whatever it is, the others of the batch go on
        desk.remark("an execution cannot be decided", execution.row.id, error)
        _fail(desk, execution, f"it could not be decided: {error}")


def follow(desk: Desk, ended: Execution) -> None:
    """Let the rule after one that ended run, or say why it never will; a rule that still waits is left alone."""
    row = ended.row
    outdated = superseded(row.rule_set, desk.knowledge)
    if outdated:
        bring_up(desk, row.item, row.activation)
    if row.state in PENDING:
        return
    for waiting in desk.of(row.item, row.activation):
        # What was applied since belongs to a later publish, and waits for this one all the same.
        if outdated and superseded(waiting.row.rule_set, desk.knowledge):
            released = _released_since(desk, row, waiting)
        else:
            released = _released(desk, row, waiting)
        if released is None:
            continue
        if is_due(desk, released.row):
            dispatch(desk, released)
        else:
            follow(desk, released)


def _released_since(desk: Desk, ended: ExecutionRow, waiting: Execution) -> Execution | None:
    """Let what was blocked run as a later publish has it, where a retry of the rule before it succeeded."""
    row = waiting.row
    change = fate(row.rule_set, row.rule, row.stage, desk.knowledge) if row.state == "blocked" else None
    if not isinstance(change, Migrates):
        return None
    notes = (*row.notes, PlanNote(at=desk.now, cause=change.words))
    along = planning.move_along(row, change).model_copy(update={"notes": notes})
    return _released(desk, ended, Execution(along, waiting.cause))


def settled(desk: Desk, execution: Execution) -> Execution:
    """Give an execution as later publishes have it; where that ends it, the rule after it hears of it."""
    now = brought_up(desk, execution)
    if now.row is not execution.row and now.row.state not in PENDING:
        follow(desk, now)
    return now


def _released(desk: Desk, ended: ExecutionRow, waiting: Execution) -> Execution | None:
    """Let one run that waits for what ended; what was applied later may belong to another publish than that."""
    row = waiting.row
    if row.state not in UNRELEASED or row.occurrence != ended.occurrence:
        return None
    rule = desk.knowledge.rule(row.rule_set, row.rule)
    if rule is None or not _is_after(desk, rule, row, ended) or not desk.may_run(row, rule):
        return None
    seen = desk.facts(row, rule)
    free = release(ended, row, rule, desk.knowledge, desk.now, item=seen.item, linked=seen.linked)
    return hear(desk, desk.put(free, waiting.cause)) if free is not None else None


def _is_after(desk: Desk, rule: Rule, row: ExecutionRow, ended: ExecutionRow) -> bool:
    before = previous(rule, row.rule_set, row.stage, desk.knowledge)
    return before is not None and before.id == ended.rule


def time_up(desk: Desk, execution: Execution) -> None:
    """End a wait for a signal whose time is up, unless nothing of it may happen now."""
    row = execution.row
    paused = desk.knowledge.is_paused(row.rule, row.rule_set.pipeline)
    if paused or _is_unsure(desk, row):
        desk.hold(row)
    else:
        follow(desk, give_up(desk, execution))


def listen(desk: Desk, item: UUID) -> None:
    """Let what waits for a signal run where it has arrived."""
    for execution in listening(desk, item):
        heard = hear(desk, execution)
        if is_due(desk, heard.row):
            dispatch(desk, heard)


def is_due(desk: Desk, row: ExecutionRow) -> bool:
    """Say whether a row waits for nothing but its dispatch."""
    return row.state == "waiting" and row.due_at is not None and row.due_at <= desk.now


def worker_topic(action: str) -> Topic | None:
    """Give the topic of an action's worker, None for what crm-api does itself."""
    kind = kind_of(action)
    return topics.ACTIONS[kind] if kind else None


def _decided(desk: Desk, execution: Execution) -> None:
    row = execution.row
    rule = desk.rule(row)
    if _is_unsure(desk, row):
        desk.hold(row)
        return
    _act(desk, execution, decide(row, rule, desk.facts(row, rule), desk.knowledge, desk.now))


def _is_unsure(desk: Desk, row: ExecutionRow) -> bool:
    # A copy that other items' events brought may know of a leave that is still on its way here.
    return desk.copies[row.item].unread is not None or not desk.may_run(row, desk.rule(row))


def _act(desk: Desk, execution: Execution, decision: Decision) -> None:
    sent = Execution(decision.row, execution.cause)
    match decision:
        case Perform(row, action):
            topic = worker_topic(row.action)
            if topic is None:
                raise LookupError(f"no worker does {row.action}")
            desk.say(topic, action, sent, (r.contact for r in action.recipients))
        case Command(command=command):
            desk.say(topics.COMMANDS, command, sent)
        case Held(row):
            desk.hold(row)
            return
        case Postponed(row):
            desk.put(row, sent.cause)
            return
        case Closed():
            pass
    _fired(desk, desk.put(sent.row, sent.cause))


def _fail(desk: Desk, execution: Execution, reason: str) -> None:
    row = execution.row
    update = {"state": "failed", "version": row.version + 1, "reason": reason, "finished_at": desk.now}
    _fired(desk, desk.put(row.model_copy(update=update), execution.cause))


def _fired(desk: Desk, execution: Execution) -> None:
    go_on(desk, execution)
    follow(desk, execution)
