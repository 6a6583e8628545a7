"""Measurements: functions that make numbers and curves of what an experiment has recorded."""
