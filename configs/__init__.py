"""Chip and experiment configurations and their loader."""
