    .endif
    .endr
    .endm
    .else
    .popsection
    .previous
    .exitm
    .if 1
    .else
    .else
    .endif
