    bl calibrate
    lis 3, calibrate@ha
    bl calibrat
calibration:
    blr
