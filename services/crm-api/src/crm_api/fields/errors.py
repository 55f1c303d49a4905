"""What is wrong with a value, and how to mend it."""


class FieldError(ValueError):
    """A value that a field cannot hold: which field, what is wrong, and how to mend it."""

    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(f"{field}: {problem}; {fix}")
        self.field = field
        self.problem = problem
        self.fix = fix


class Unfit(ValueError):
    """A value does not have the form of its kind; the message says how to write it."""
