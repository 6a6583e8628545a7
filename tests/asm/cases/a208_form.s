    lwz 3, 4
    lwzx 3, 4(5)
    addi 3, 4(5), 6
