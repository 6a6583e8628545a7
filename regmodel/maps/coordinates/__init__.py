"""The coordinate types of the usual software by their official names, and how they convert into one another, as YAML.

`parts.yaml` has the digits: numbers that cannot be divided further, as a size or the names of their values. A part is
made of digits, or of other parts, from the slowest to the fastest: a quadrant is `hemisphere side`, so its number is
2*hemisphere + side. `~` counts backwards. A part that is `one_of` several numbers them one after the other. A part may
have names of its own: a list, or a mapping of some. The numberings of `../coordinates.yaml` use the same parts.

Each type in the other files is one part or several, again from the slowest to the fastest; none where there is only
one of its kind. `existing` lists the combinations of parts that exist, in the order of their numbers; in each row
the first part that is written changes slowest. `first` is the lowest value that the usual software shows, where it
counts from another number than 0. `registers` are the registers numbered so if their name is not that of the type
without `OnDLS`, `OnFPGA` or `OnBoard`.

What two types have in common converts them: the counterparts of a number are those that agree with it in all digits
that both types have. Two alternatives in one type, as in a crossbar node, count only as wholes there. Where the other
type has no further digits there is one counterpart, or none if an alternative of `one_of` is not the one meant; else
there is a list, ascending. What does not follow from that is in `conversions.yaml`: `names` takes numbers of the same
name, `through` goes from type to type, `formula` computes with the parts, and `descending` reverses a list.
"""
