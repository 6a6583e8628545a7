    .ascii "calibration
    .string "done
    wait
