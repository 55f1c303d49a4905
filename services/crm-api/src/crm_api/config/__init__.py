"""What people set up: types, people, calendars, money, connections."""
