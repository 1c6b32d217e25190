"""What tests of nexus_core, of extensions and of the kernel are made with: real code, no mocks.

The strategies in ``nexus_core.testing.expressions`` need Hypothesis and are imported from there.
"""

from nexus_core.testing.extensions import (
    CONTEXT,
    HttpRequest,
    Internet,
    Responder,
    check_extension,
)
from nexus_core.testing.stores import check_store

__all__ = ["CONTEXT", "HttpRequest", "Internet", "Responder", "check_extension", "check_store"]
