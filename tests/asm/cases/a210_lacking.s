    lwbrx 3, 0, 4
    isync
    FMADD. 1, 2, 3, 4
    bpermd 3, 4, 5
