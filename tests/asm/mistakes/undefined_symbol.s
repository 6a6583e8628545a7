    bl initialise
    lis r3, synapse_row@ha
    b .Ldone
initialize:
synapse_rows:
    blr
