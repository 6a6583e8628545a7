"""The instruction set of the plasticity processor: tables, codec, disassembler, semantics."""
