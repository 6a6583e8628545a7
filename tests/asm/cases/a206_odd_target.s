    b 2
    bne .+6
