"""A broker and a database on one machine: those that are named, in containers, or native."""

from stack.addresses import Stack
from stack.errors import StackError
from stack.running import Kind, Running, start

__all__ = ["Kind", "Running", "Stack", "StackError", "start"]
