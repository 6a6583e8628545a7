    li 3, 0x12g
    li 3, 0b12
    li 3, 089
