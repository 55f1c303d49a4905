"""The signalbox command: topics, dead letters, effects, doctor."""
