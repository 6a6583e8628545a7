    .if 1
    nop
    .rept 3
    nop
    .endm
