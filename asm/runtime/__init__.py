"""The runtime library: start-up code, linker script and routines that compilers call."""
