"""What panels can be made from, over REST."""

from nexus_core import parse
from workspace_kernel.resources import Page, TemplateInfo
from workspace_kernel.routes.operation import Answer, Call, Operation
from workspace_kernel.services.paging import part
from workspace_kernel.services.samples import templates


async def list_templates(call: Call[object]) -> Answer:
    """Answer the templates of panels."""
    found = (_info(name, source) for name, source in templates().items())
    return Answer(part(found, call.cursor, call.limit, lambda template: template.name))


def _info(name: str, source: str) -> TemplateInfo:
    """Return a template with what its source says about itself."""
    tree = parse(source).ast
    about = tree and tree.description
    return TemplateInfo(name=name, description=about, icon=tree and tree.icon, source=source)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/templates",
        name="listTemplates",
        summary="What panels can be made from; `__TITLE__` stands for the title.",
        handler=list_templates,
        answers={200: Page[TemplateInfo]},
        paged=True,
    ),
)

__all__ = ["OPERATIONS"]
