# dialect: gas
    insrwi 3, 4, 0, 3
    insrwi 3, 4, 33, 0
    slwi 3, 4, 32
