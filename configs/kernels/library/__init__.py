"""Subroutines for the plasticity processor, in assembly, and a C header that declares them."""
