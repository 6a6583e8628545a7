# dialect: gas
    .endr
    .endm
    .exitm
    .popsection
    .previous
