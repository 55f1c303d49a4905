"""The conformance kit: makes the calls that a third-party app must survive, and says what to mend."""

from signalbox.conformance.examining import examine

__all__ = ["examine"]
