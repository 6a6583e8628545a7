start:
    nop
start:
    nop
    .equiv limit, 4
    .equiv limit, 5
    .set start, 3
