"""All that is decided about executions: what events, answers, orders and moments make of them, in memory."""
