"""Whether the kernel lives, may be asked, and what it has counted."""

from importlib.metadata import version

from sqlmodel import Session, select
from starlette.requests import Request
from starlette.responses import Response

from nexus_protocol import ErrorCode
from workspace_kernel.resources import Health
from workspace_kernel.routes.operation import Answer, Call, Operation
from workspace_kernel.telemetry import MEDIA_TYPE, Telemetry

VERSION = version("workspace-kernel")


async def health(call: Call[object]) -> Answer:
    """Answer as long as the process lives."""
    return Answer(Health(status="ok", version=VERSION))


async def ready(call: Call[object]) -> Answer:
    """Answer when the database does."""

    def ask(session: Session) -> int:
        return session.exec(select(1)).one()

    await call.kernel.database.read(ask)
    return Answer(Health(status="ready", version=VERSION))


def metrics(request: Request, telemetry: Telemetry) -> Response:
    """Print the metrics for Prometheus."""
    return Response(telemetry.page(), headers={"content-type": MEDIA_TYPE})


OPERATIONS = (
    Operation(
        method="GET",
        path="/health",
        name="health",
        summary="Whether the process lives.",
        handler=health,
        answers={200: Health},
    ),
    Operation(
        method="GET",
        path="/ready",
        name="ready",
        summary="Whether requests can be served.",
        handler=ready,
        answers={200: Health},
        errors=(ErrorCode.UNAVAILABLE,),
    ),
)

__all__ = ["OPERATIONS", "VERSION", "metrics"]
