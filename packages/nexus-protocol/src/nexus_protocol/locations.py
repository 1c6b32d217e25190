"""Where something stands in a panel's source."""

from nexus_protocol._model import Model


class Span(Model):
    """A stretch of source text; lines and columns count characters from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
