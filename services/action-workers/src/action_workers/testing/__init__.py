"""What the tests of this service stand on."""

from action_workers.testing.connections import PAUSES, SECRET, app, channel, config, connections
from action_workers.testing.crm_api import TOKEN, CrmApi
from action_workers.testing.desk import Desk, told
from action_workers.testing.effects import claimed
from action_workers.testing.roads import answering

__all__ = [
    "PAUSES",
    "SECRET",
    "TOKEN",
    "CrmApi",
    "Desk",
    "answering",
    "app",
    "channel",
    "claimed",
    "config",
    "connections",
    "told",
]
