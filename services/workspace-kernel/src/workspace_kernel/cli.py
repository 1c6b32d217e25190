"""The commands that this package adds to ``nexus``: running a kernel, and its data folder.

What they need is imported when they run, so that the other commands stay quick.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from workspace_kernel.settings import Settings

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]

GOOD = 0
FINDINGS = 1
USAGE = 2


def register(commands: Subparsers) -> None:
    """Add the commands of this package."""
    serve = commands.add_parser("serve", help="run the kernel and its studio")
    serve.add_argument("--data", metavar="DIR", help="where everything is kept (.nexus)")
    serve.add_argument("--host", metavar="H", help="loopback address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (3000); 0 takes a free one")
    serve.add_argument("--open", action="store_true", help="show the studio in a browser")
    serve.set_defaults(func=_serve)

    new = commands.add_parser("new", help="write a first panel to NAME.nxml")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--template", default="counter", help="what to begin with (counter)")
    new.set_defaults(func=_new)

    extensions = commands.add_parser("extensions", help="tell what panels of the kernel may reach")
    extensions.add_argument("--json", action="store_true", help="print one JSON document")
    extensions.set_defaults(func=_extensions)

    doctor = commands.add_parser("doctor", help="look a data folder over, and mend it")
    doctor.add_argument("--data", metavar="DIR", help="the data folder (.nexus)")
    doctor.add_argument("--repair", action="store_true", help="mend what can safely be mended")
    doctor.add_argument("--json", action="store_true", help="print one JSON document")
    doctor.set_defaults(func=_doctor)

    export = commands.add_parser("export", help="write panels and their states to an archive")
    export.add_argument("--data", metavar="DIR", help="the data folder (.nexus)")
    export.add_argument("--workspace", metavar="W", help="whose panels (the default workspace)")
    export.add_argument("--panel", metavar="P", help="one of them (all)")
    export.add_argument("--output", metavar="FILE", help="where to (W.zip or P.zip)")
    export.set_defaults(func=_export)

    importing = commands.add_parser("import", help="take the panels of an archive in")
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--data", metavar="DIR", help="the data folder (.nexus)")
    importing.add_argument("--workspace", metavar="W", help="into which (the default workspace)")
    importing.add_argument(
        "--conflict",
        choices=("refuse", "skip", "replace"),
        default="refuse",
        help="what becomes of a panel that is there already (refuse: nothing is imported)",
    )
    importing.add_argument("--dry-run", action="store_true", help="only say what would be done")
    importing.add_argument("--json", action="store_true", help="print one JSON document")
    importing.set_defaults(func=_import)


def _serve(given: argparse.Namespace) -> int:
    from workspace_kernel.serving import ServeError, serve
    from workspace_kernel.settings import SettingsError, load

    overrides: dict[str, Any] = {"data": given.data, "host": given.host, "port": given.port}
    try:
        return serve(load(overrides), open_browser=given.open)
    except (SettingsError, ServeError) as error:
        print(f"nexus: {error}", file=sys.stderr)
        return USAGE


def _new(given: argparse.Namespace) -> int:
    from workspace_kernel.services.samples import filled, templates

    name, template = cast("str", given.name), cast("str", given.template)
    path = Path(name if name.endswith(".nxml") else f"{name}.nxml")
    title = path.stem.replace("-", " ").replace("_", " ").strip().capitalize()
    source = filled(template, title)
    if source is None:
        known = ", ".join(templates())
        print(f"nexus: no template {template!r}; there are {known}", file=sys.stderr)
        return USAGE
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(source)
    except FileExistsError:
        print(f"nexus: {path} is there already", file=sys.stderr)
        return FINDINGS
    except OSError as error:
        print(f"nexus: {path}: {error.strerror}", file=sys.stderr)
        return FINDINGS
    print(f"Wrote {path}. Next: nexus check {path}")
    return GOOD


def _extensions(given: argparse.Namespace) -> int:
    from workspace_kernel.extending import survey
    from workspace_kernel.settings import SettingsError, load

    try:
        found = survey(load())
    except SettingsError as error:
        print(f"nexus: {error}", file=sys.stderr)
        return USAGE
    print(found.to_json() if given.json else found.to_text())
    for problem in found.problems:
        print(f"nexus: {problem.name}: {problem.message}", file=sys.stderr)
    return FINDINGS if found.problems else GOOD


def _doctor(given: argparse.Namespace) -> int:
    from workspace_kernel.doctor import examine, mend
    from workspace_kernel.doctor.report import to_text
    from workspace_kernel.serving import ServeError, claimed
    from workspace_kernel.settings import SettingsError, load

    try:
        settings = load({"data": given.data})
        if given.repair and settings.data.is_dir():
            with claimed(settings):
                told = mend(settings)
        else:
            told = examine(settings)
    except (SettingsError, ServeError) as error:
        print(f"nexus: {error}", file=sys.stderr)
        return USAGE
    print(told.to_json() if given.json else to_text(told))
    return GOOD if told.ok else FINDINGS


def _export(given: argparse.Namespace) -> int:
    from workspace_kernel.carrying import write_archive

    return _carry(given, lambda settings: write_archive(settings, given.panel, given.output))


def _import(given: argparse.Namespace) -> int:
    from workspace_kernel.carrying import read_archive

    def work(settings: "Settings") -> str:
        done = read_archive(settings, given.file, given.conflict, dry_run=given.dry_run)
        if given.json:
            return done.model_dump_json()
        would = "would " if done.dry_run else ""
        told = [
            f"{would}{each.action} {each.id}" + (f": {each.why}" if each.why else "")
            for each in done.panels
        ]
        return "\n".join(told or ["The archive has no panels."])

    return _carry(given, work)


def _carry(given: argparse.Namespace, work: Callable[["Settings"], str]) -> int:
    """Do something with an archive and print what came of it."""
    from nexus_core import NexusError
    from workspace_kernel.errors import KernelError, as_kernel_error
    from workspace_kernel.serving import ServeError
    from workspace_kernel.settings import SettingsError, load

    try:
        told = work(load({"data": given.data, "workspace": given.workspace}))
    except (SettingsError, ServeError) as error:
        print(f"nexus: {error}", file=sys.stderr)
        return USAGE
    except (KernelError, NexusError) as error:
        print(f"nexus: {as_kernel_error(error).message}", file=sys.stderr)
        return FINDINGS
    except OSError as error:
        print(f"nexus: {error.filename}: {error.strerror}", file=sys.stderr)
        return FINDINGS
    print(told)
    return GOOD


__all__ = ["register"]
