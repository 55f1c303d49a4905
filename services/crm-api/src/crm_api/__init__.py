"""The record and the control room: items, pipelines, rules, timelines."""
