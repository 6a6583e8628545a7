# dialect: gas
    .ascii "over
two lines"
    .asciz abc"
