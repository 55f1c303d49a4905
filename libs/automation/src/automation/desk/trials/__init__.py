"""The whole planner on trial without servers: what keeps, what happens outside, and the laws that always hold."""
