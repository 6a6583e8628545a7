    .macro again
    again
    .endm
    again
    .rept 3000000
    nop
    .endr
    .macro twice
    twice
    twice
    .endm
    twice
    li 3, 100000
