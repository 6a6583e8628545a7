"""The linker: objects, archives and a linker script to one program."""
