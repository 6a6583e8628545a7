    li 3, 1 / 0
    .if 4 % 0
    .endif
