start: nop
    .space end - start
end:
