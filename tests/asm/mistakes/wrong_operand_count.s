    add r3, r4
    mr r3
    cmpwi r3
    blr r3
    fxvshh v1, v2
    mtspr r3
