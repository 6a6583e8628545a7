# As a base, r0 is the number 0: there is nothing that an update could change.
    stwu r1, -16(r0)
