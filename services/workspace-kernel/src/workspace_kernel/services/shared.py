"""What all running panels of a kernel share."""

from dataclasses import dataclass

from nexus_core import Limits, Sandbox
from nexus_core.extensions import Registry
from workspace_kernel.clock import Clock
from workspace_kernel.db.session import Database
from workspace_kernel.services.journal import Firing
from workspace_kernel.services.records import Records
from workspace_kernel.services.suspensions import Allowance
from workspace_kernel.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Shared:
    """Parts that there are once in a kernel."""

    database: Database
    sandbox: Sandbox
    extensions: Registry
    limits: Limits
    telemetry: Telemetry
    allowance: Allowance
    records: Records
    moment: float
    """Seconds that an execution waits before it is put away."""
    clock: Clock
    firing: Firing
    """Stores what is to run because of what happens in any panel."""


__all__ = ["Shared"]
