"""What the tests of this service stand on."""

from action_workers.testing.connections import PAUSES, SECRET, app, channel, config, connections
from action_workers.testing.crm_api import TOKEN, CrmApi
from action_workers.testing.desk import Desk, told

__all__ = ["PAUSES", "SECRET", "TOKEN", "CrmApi", "Desk", "app", "channel", "config", "connections", "told"]
