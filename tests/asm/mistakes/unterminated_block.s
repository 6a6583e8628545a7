    .macro load_address register, symbol
    lis \register, \symbol@ha
    addi \register, \register, \symbol@l

start:
    load_address r3, table
