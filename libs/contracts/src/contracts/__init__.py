"""Messages, topics and ids that the services agree on."""
