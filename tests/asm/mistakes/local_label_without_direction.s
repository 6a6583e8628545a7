1:  bdnz 1
    b 2
    b 2f
2:  b 1f
