"""A whole Signalbox on one machine: the processes of the four services on a stack, for demo, tests and benchmarks."""

from deploy.local.clients import Crm, Gateway, Simulators
from deploy.local.installation import Installation, Layout

__all__ = ["Crm", "Gateway", "Installation", "Layout", "Simulators"]
