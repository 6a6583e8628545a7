    li 3, 5 +
    li 3, (4
    li 3, 4 4
    li , 4
    ?what
    .long 1 2
