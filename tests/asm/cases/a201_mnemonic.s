    adddi 3, 4, 5
    fxvaddhmm 1, 2, 3
    frobnicate
