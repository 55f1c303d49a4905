"""What the stack says when it cannot do what was asked."""


class StackError(Exception):
    """Say to a person what does not run, and what to do about it."""
