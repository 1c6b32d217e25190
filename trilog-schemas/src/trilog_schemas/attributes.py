"""One spelling for span attribute, table column and log field.

The fixed names say which object and which process a fingerprint belongs to. The fields of a schema
are spelled ``trilog.<schema>.<field>``, such as ``trilog.handler_execution.tool``.
"""

import re

OBJ_ID = "trilog.obj.id"
OBJ_TYPE = "trilog.obj.type"
PROCESS = "trilog.process"
PHASE = "trilog.process.phase"
FUNCTION = "trilog.function"

_INNER_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def prefix(schema_name: str) -> str:
    """Return what the fields of a schema begin with: ``HandlerExecution`` has its own namespace.

    >>> prefix("HandlerExecution")
    'trilog.handler_execution.'
    """
    return f"trilog.{_INNER_CAPITAL.sub('_', schema_name).lower()}."


__all__ = ["FUNCTION", "OBJ_ID", "OBJ_TYPE", "PHASE", "PROCESS", "prefix"]
