"""gdb's remote serial protocol: a debugger elsewhere sees and controls a processor of the emulated chip."""
