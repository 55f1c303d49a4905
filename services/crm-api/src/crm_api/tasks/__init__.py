"""Tasks: something for a person, a role or a department to do by a deadline."""
