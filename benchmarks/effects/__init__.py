"""How fast effects go through ledger and executor, beside a process that keeps nothing."""
