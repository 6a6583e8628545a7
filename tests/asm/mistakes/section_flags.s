    .section .code, "arx"
    .section .table, "aw", @nobit
    .section .mine, "ax"
    nop
    .section .mine, "aw"
    .section "ax", .mine
