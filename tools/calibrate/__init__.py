"""Calibration: codes of analog parameters for targets, found by measurements through playback programs alone."""
