"""A value of a field, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.regmodel.codec import check_value
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import container_of, unknown


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Ask for the value, in each element of an array."""
    del context
    container, name = container_of(record["container"]), record["field"]
    if container is None:
        return unknown(record["container"])
    field = container.by_name.get(name)
    if field is None:
        return failed(f"{container.name} has no field `{name}`")
    value = record["value"] if field.size is None else [record["value"]] * field.size
    problems = check_value(container, field, value)
    if (not problems) == record["valid"]:
        return passed
    told = problems[0].title if problems else f"{record['value']} fits in field `{name}`"
    return failed(f"value {record['value']} of `{name}`", "valid" if record["valid"] else "not valid", told)
