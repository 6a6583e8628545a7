"""Kernels for the plasticity processor, in assembly."""
