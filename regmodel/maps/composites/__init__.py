"""Composites of the usual software as YAML: things that are several registers, in the order in which they are written.

A composite is counted by the coordinate type `of`. Its `sequence` has items: all instances of a `register` (or of
another `composite`) that agree with the composite in all digits that both have, ascending; `where` leaves those whose
parts have these values, and `through` takes those of a type that lists some. `cell` names the analog parameter whose
cells are meant; of several names those that agree. `each` repeats the items of its own `sequence` for each number of a
type.

`defaults` are values of fields where they are not those of the register. `member` is the name of the thing in the
composite, below which its fields, or the members of the composite there, are found by their names; that of a cell has
its value. `members` gives further names: of a field, or of values that stand for values of fields. `access` is that
of registers. `image` is what the default of all instances gives in the usual software, one word
after the other: how many words, and the SHA-256 of a line `address word` in eight hexadecimal digits each for every
word; `except` names registers left out there.
"""
