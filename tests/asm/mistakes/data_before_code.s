flag:
    .byte 1
start:
    li r3, 0
