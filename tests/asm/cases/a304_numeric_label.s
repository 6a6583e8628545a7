    b 1b
    b 2f
2:  b 1f
