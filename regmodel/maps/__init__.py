"""Register maps, coordinates and parameter cells as YAML.

A map has one entry for each container: `doc`, `coordinate` (how its instances are numbered, default `single`),
`access` (r, w or rw), `space` (chip or fpga), `address` (of its first of `words` words, or a list with one formula a
word, in the order of access) and `source`. Formulas know the parts and derived numbers of the coordinate, the instance
number `e` and the names of bases.yaml. `behaviour` names what else an access does; `alias_of` a container that
shares addresses; `gray: true` says that words are Gray-decoded on their way; `byte_enables` names the field that
enables the bytes of a write; `one_hot_cell` describes a cell number kept as a bit for its row, and its column.

A field stands at `flag` (true or false) or `bits` (a number, or a name of `enum`): `w1.7-4` are bits 7 to 4 of word 1,
bit 0 being the lowest; `~` marks bits that are stored inverted and `^` those in thermometer code. Of several positions
the first has the highest bits of the value. `none` has no bits of its own. A list of positions makes an array, as does
`array: n` with each element `step` bits above the one before; `index` says what counts its elements. Numbers take any
value that fits unless there is a `range`; what is stored is the value + `offset`. Defaults are those of the usual
software, 0 where not given; what silicon holds after power-up is not known.
"""
