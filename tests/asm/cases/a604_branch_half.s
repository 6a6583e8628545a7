# dialect: gas
    b ext@ha
    .section .x, "a"
ext:
