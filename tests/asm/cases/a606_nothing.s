    .align
    .space
    .ascii
    .space 0
