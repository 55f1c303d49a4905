"""The table of message types: which data travels on which topic, and one message on its way."""

from dataclasses import dataclass

from contracts import (
    actions,
    commands,
    config,
    executions,
    items,
    orders,
    outcomes,
    signals,
    suppressions,
    topics,
    tries,
)
from contracts.data import Data
from contracts.envelope import Envelope
from contracts.topics import Topic

TYPES: dict[type[Data], tuple[Topic, ...]] = {
    items.ItemStageChanged: (topics.ITEMS,),
    items.ItemChanged: (topics.ITEMS,),
    items.ItemDeleted: (topics.ITEMS,),
    items.ItemSignalled: (topics.ITEMS,),
    items.ItemSnapshot: (topics.ITEMS,),
    items.ItemRulesApplied: (topics.ITEMS,),
    items.CommandCompleted: (topics.ITEMS,),
    items.RelayProgress: (topics.ITEMS, topics.ORDERS, topics.CONFIG),
    config.ConfigChanged: (topics.CONFIG,),
    signals.Signal: (topics.SIGNALS,),
    signals.DeliveryRepeated: (topics.SIGNALS,),
    commands.ApplySignal: (topics.COMMANDS,),
    commands.NoteRepeat: (topics.COMMANDS,),
    commands.MoveItem: (topics.COMMANDS,),
    commands.ChangeItem: (topics.COMMANDS,),
    commands.DeleteItem: (topics.COMMANDS,),
    commands.CreateFromItem: (topics.COMMANDS,),
    commands.AssignItem: (topics.COMMANDS,),
    commands.FetchItems: (topics.COMMANDS,),
    commands.AskEmployee: (topics.COMMANDS,),
    commands.PostToFeed: (topics.COMMANDS,),
    commands.ScheduleActivity: (topics.COMMANDS,),
    commands.Remind: (topics.COMMANDS,),
    commands.WithdrawCommand: (topics.COMMANDS,),
    orders.CancelExecution: (topics.ORDERS,),
    orders.RetryExecution: (topics.ORDERS,),
    executions.ExecutionRows: (topics.EXECUTIONS,),
    actions.PerformAction: tuple(topics.ACTIONS.values()),
    actions.CancelAction: tuple(topics.ACTIONS.values()),
    actions.ConfirmEffect: tuple(topics.ACTIONS.values()),
    actions.SetSuppression: (topics.ACTIONS["email"], topics.ACTIONS["sms"]),
    actions.ProviderCallback: tuple(topics.ACTIONS.values()),
    actions.AppAnswered: (topics.ACTIONS["app"],),
    outcomes.EffectOutcome: (topics.OUTCOMES,),
    tries.TryConnection: tuple(topics.ACTIONS[kind] for kind in dict.fromkeys(tries.TRIED_BY.values())),
    tries.ConnectionTried: (topics.TRIES,),
    suppressions.SuppressionChanged: (topics.SUPPRESSIONS,),
}
BY_TYPE: dict[str, type[Data]] = {data.TYPE: data for data in TYPES}


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way to a topic; the key decides its partition."""

    topic: Topic
    key: str
    envelope: Envelope
    data: Data

    def value(self) -> bytes:
        """Give the data as the JSON that travels."""
        return self.data.model_dump_json(exclude_defaults=False).encode()
