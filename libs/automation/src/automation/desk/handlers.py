"""What a desk does with each type of message, in one table."""

from collections.abc import Callable, Mapping

from contracts.data import Data
from contracts.items import (
    CommandCompleted,
    ItemChanged,
    ItemDeleted,
    ItemRulesApplied,
    ItemSignalled,
    ItemSnapshot,
    ItemStageChanged,
)
from contracts.orders import CancelExecution, RetryExecution
from contracts.outcomes import EffectOutcome

from automation.desk.applying import on_rules_applied
from automation.desk.desk import Desk
from automation.desk.entering import on_item_event
from automation.desk.orders import on_cancel, on_retry
from automation.desk.outcomes import on_command_completed, on_effect_outcome
from automation.desk.told import Told

HANDLERS: Mapping[type[Data], Callable[[Desk, Told], None]] = {
    ItemStageChanged: on_item_event,
    ItemChanged: on_item_event,
    ItemDeleted: on_item_event,
    ItemSignalled: on_item_event,
    ItemSnapshot: on_item_event,
    ItemRulesApplied: on_rules_applied,
    CommandCompleted: on_command_completed,
    EffectOutcome: on_effect_outcome,
    CancelExecution: on_cancel,
    RetryExecution: on_retry,
}
