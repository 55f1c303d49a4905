"""What the tests of this service stand on."""

from action_workers.testing.connections import PAUSES, config, connections
from action_workers.testing.crm_api import TOKEN, CrmApi
from action_workers.testing.desk import Desk

__all__ = ["PAUSES", "TOKEN", "CrmApi", "Desk", "config", "connections"]
