    .long start * 2
    li 3, ~start
start:
