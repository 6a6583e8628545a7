    li 3, 5 +
    .long 1, , 2
    .long 4 *
    addi 3, , 4
