"""Servers that run as plain processes, with nothing but Python needed."""

from stack.native.servers import Native

__all__ = ["Native"]
