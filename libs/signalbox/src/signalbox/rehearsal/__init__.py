"""Stepping a rehearsal deployment through time, from due moment to due moment; tests drive it in process."""

from signalbox.rehearsal.deployment import NoRehearsal, Rehearsal, opened
from signalbox.rehearsal.quiet import NotQuiet
from signalbox.rehearsal.stepping import Stepping

__all__ = ["NoRehearsal", "NotQuiet", "Rehearsal", "Stepping", "opened"]
