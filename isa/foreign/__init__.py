"""Instructions of the Power ISA that the processor lacks, as rows."""
