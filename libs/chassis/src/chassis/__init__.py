"""The one corridor: how every service receives, publishes, waits, logs and stops."""
