# dialect: gas
    .long 1, , 2
    .long 4 *
    li 3, 5 +
    addi 3, , 4
