"""What follows from an event: pure functions without I/O and without a clock."""
