"""The scheduler's decisions over a history, on a virtual clock: nothing here waits, and nothing leaves it."""
