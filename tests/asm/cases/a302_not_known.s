    .space later - start
start:
    nop
later:
    .if unknown
    .endif
    .org outside
