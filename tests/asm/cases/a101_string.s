    .data
    .ascii "never closed
    .byte 1
