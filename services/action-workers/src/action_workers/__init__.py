"""One worker per kind of action: claim, touch the outside world once, report."""
