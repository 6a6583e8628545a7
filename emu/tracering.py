"""The ring of a processor into which its kernel writes what every instruction has done, while it is traced.

A record of scalar state an instruction; behind vector instructions the vector registers that they have changed stand in
a ring of their own. A full ring asks for attention, unless it goes round: then the oldest records are overwritten.
"""

from __future__ import annotations

# Columns of a record: cycle of issue; address and word; what the registers RT and RA hold afterwards; the effective
# address of the last access; CR and, from FLAG_SHIFT on, SO, OV and CA; LR and CTR; the number of its first vector row.
CYCLE, PLACE, FIRST, SECOND, ADDRESS, CONDITIONS, LINKS, ROW = range(8)
TRACE_COLUMNS, FLAG_SHIFT = 8, 32
CAPACITY, ROW_CAPACITY = 1 << 16, 1 << 13  # powers of 2
ROWS_OF_ACC = 2
SPARE_ROWS = 4  # more than one instruction writes
OFF, DRAINED, ROUND = range(3)  # how a processor is traced
