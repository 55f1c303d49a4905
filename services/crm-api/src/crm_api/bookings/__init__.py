"""Bookings of resources: made, moved, cancelled; what is free on a day."""
