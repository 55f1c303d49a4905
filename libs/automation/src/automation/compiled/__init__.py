"""Rules compiled for the hottest path: plain dispatches decided on structs, exactly as `automation.desk.due` does it.

Where anything but a plain dispatch comes of it, or something is not in its usual form, nothing is said here, and the
general path decides. A test holds the two equal, byte for byte.
"""

from automation.compiled.case import Case
from automation.compiled.rule import Dispatched
from automation.compiled.rules import Rules

__all__ = ["Case", "Dispatched", "Rules"]
