    .space -1
    .rept -2
    nop
    .endr
    .fill -1
