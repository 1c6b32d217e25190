"""Put the kernel's parts together into one ASGI application."""

import json
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nexus_core import NexusError
from nexus_protocol.strict_json import JsonError
from workspace_kernel.db.ownership import DatabaseTakenError
from workspace_kernel.errors import KernelError, as_kernel_error
from workspace_kernel.kernel import Kernel, running
from workspace_kernel.routes import (
    auth,
    branches,
    editing,
    health,
    history,
    layouts,
    members,
    openapi,
    panels,
    reference,
    templates,
    transfer,
    workspaces,
)
from workspace_kernel.routes import running as running_panels
from workspace_kernel.routes.operation import Operation, Resource, guarded, routes
from workspace_kernel.routes.studio import Studio
from workspace_kernel.security import Guard, Origins, failure_response
from workspace_kernel.services.samples import studio_folder
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.websocket.endpoint import websocket_routes

OPERATIONS: Final[tuple[Operation, ...]] = (
    *health.OPERATIONS,
    *auth.OPERATIONS,
    *workspaces.OPERATIONS,
    *members.OPERATIONS,
    *layouts.OPERATIONS,
    *panels.OPERATIONS,
    *editing.OPERATIONS,
    *history.OPERATIONS,
    *branches.OPERATIONS,
    *transfer.OPERATIONS,
    *templates.OPERATIONS,
    *running_panels.OPERATIONS,
)
"""Everything that REST can do."""


def _end_process() -> None:
    signal.raise_signal(signal.SIGTERM)


def create_app(settings: Settings, give_up: Callable[[], None] = _end_process) -> Guard:
    """Make the application; its lifespan brings the kernel up and down.

    Args:
        settings: What the operator decided.
        give_up: Ends the server, for the kernel has lost its database to another.

    Raises:
        SettingsError: the kernel would be reachable from elsewhere, and that is not safe.

    """
    settings.require_safe_address()
    telemetry = Telemetry()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with running(settings, telemetry, give_up=give_up) as kernel:
            app.state.kernel = kernel
            yield

    app = Starlette(
        routes=_routes(settings, telemetry),
        lifespan=lifespan,
        exception_handlers=dict.fromkeys(
            (
                KernelError,
                NexusError,
                JsonError,
                ValidationError,
                OperationalError,
                DatabaseTakenError,
                Exception,
            ),
            _refuse,
        ),
    )
    origins = Origins.of(settings.public_hosts, settings.allowed_origins)
    return Guard(app, origins, telemetry)


def _routes(settings: Settings, telemetry: Telemetry) -> list[BaseRoute]:
    studio = Studio(settings.studio or studio_folder())
    description, readable = _described()

    async def metrics(request: Request) -> Response:
        return health.metrics(request, telemetry)

    async def describe(request: Request) -> Response:
        return Response(description, media_type="application/json")

    async def read(request: Request) -> Response:
        return Response(readable, media_type="text/html")

    async def style(request: Request) -> Response:
        return Response(reference.STYLE, media_type="text/css")

    return [
        *routes(OPERATIONS, _kernel),
        *websocket_routes(_kernel),
        guarded("/metrics", "metrics", metrics, _kernel),
        guarded("/api/openapi.json", "describe", describe, _kernel),
        guarded("/api/reference", "reference", read, _kernel),
        guarded(reference.STYLE_PATH, "reference", style, _kernel),
        Route("/api/{path:path}", Resource({})),
        guarded("/{path:path}", "studio", studio.serve, _kernel),
    ]


@cache
def _described() -> tuple[str, str]:
    """Return the OpenAPI document and its page, which are the same for every application."""
    document = openapi.document(OPERATIONS)
    return json.dumps(document), reference.page(document)


def _kernel(connection: HTTPConnection) -> Kernel:
    return connection.app.state.kernel


async def _refuse(request: Request, error: Exception) -> Response:
    return failure_response(request, as_kernel_error(error))


__all__ = ["OPERATIONS", "create_app"]
