    lwzu 3, 4(0)
    lwzu 3, 4(3)
    stwu 3, 4(0)
    lmw 29, 0(30)
    inslwi 3, 4, 20, 20
