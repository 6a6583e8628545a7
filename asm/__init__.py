"""The assembler: statements, expressions, macros, sections, layout, relocation; ELF, image, listing and map output."""
