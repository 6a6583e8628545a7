"""Register maps, coordinates, buses and parameter cells as YAML.

A map has one entry for each container: `doc`, `coordinate` (how its instances are numbered, default `single`),
`access` (r, w or rw), `space` (an address space of buses.yaml, default `chip`), `address` (of its first of `words`
words, or a list with one formula a word, in the order of access) and `source`. Formulas know the parts and derived
numbers of the coordinate, the instance number `e` and the names of bases.yaml. `also` lists further places, each with
`space` and `address`, and `access` where that differs; `backends` are named where not all that reach the space do.
`image`: there is such a register only in this image of the FPGA. `alias_of` is a container that shares addresses.
`behaviour` names what else an access does; `differential_write`: words that have not changed need not be written;
`unsupported_read_targets` do not read back what was written.

Words have 32 bits or `word_bits`. `constant_bits` are set in each word, whatever the fields say; bits `reject_unless`
are set in each valid word. `gray: true` says that words are Gray-decoded on their way; `one_hot_cell` describes a cell
number kept as a bit for its row, and its column. `byte_enables` names the field that enables the bytes of a write;
`byte` is a formula: the byte of the word, the highest being 0, that an instance is, and the only one that is written
(fields then stand as in byte 0). `members` in place of an address makes a block: `count` consecutive instances of a
`container`, or any range of them without a count.

A field stands at `flag` (true or false) or `bits` (a number, or a name of `enum`): `w1.7-4` are bits 7 to 4 of word 1,
bit 0 being the lowest; `~` marks bits that are stored inverted and `^` those in thermometer code. Of several positions
the first has the highest bits of the value. `none` has no bits of its own. A list of positions makes an array, as does
`array: n` with each element `step` bits above the one before; `index` says what counts its elements. Numbers take any
value that fits unless there is a `range`; what is stored is the value + `offset`, in two's complement if `signed`;
`signed: magnitude` has a sign bit on top, and below it the two's complement of the magnitude. Defaults are those of the
usual software, 0 where not given; what silicon holds after power-up is not known. `fields_of` takes over the fields of
another container, before those given here.
"""
