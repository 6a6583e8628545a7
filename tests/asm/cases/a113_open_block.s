    .if 1
    .rept 4
    nop
