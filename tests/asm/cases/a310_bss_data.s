    .bss
    .long 5
    .long 0
    nop
    .long start
start:
