    .incbin "no-such-file.bin"
    .incbin "zero\0byte"
