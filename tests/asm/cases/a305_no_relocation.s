    slwi 3, 4, start
    li 3, start@nonsense
    li 3, 5@high
    .data
    .byte start
    .quad start
start:
