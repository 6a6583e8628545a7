# The vector unit loads 128 bytes from a multiple of 128.
    .data
    .align 128
row: .space 128
    .balign 100
