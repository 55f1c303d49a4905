"""The signalbox command: topics, dead letters, doctor."""
