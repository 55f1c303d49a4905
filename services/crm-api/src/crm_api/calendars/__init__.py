"""Calendars of people, as calendar clients read them."""
