"""Elements of HTML in a view: what to write in place of each.

Knows which component is like which element. Where the elements stand is the business of ``view``.
"""

from typing import Final

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.markup.tokens import Element
from nexus_core.parser.sections.reading import Reading, rename
from nexus_protocol.components import BY_NAME

_BREAKS: Final = frozenset(("br", "hr"))
_AS_COMPONENTS: Final = {
    **dict.fromkeys(("div", "section", "main", "header", "footer", "nav"), ("Layout", "")),
    **dict.fromkeys(("p", "span", "label", "small"), ("Text", "")),
    **{f"h{n}": ("Text", f' variant="h{min(n, 4)}"') for n in range(1, 7)},
    **dict.fromkeys(("ul", "ol"), ("List", "")),
    "li": ("ListItem", ""),
    "pre": ("Code", ""),
    "a": ("Link", ""),
    "img": ("Image", ""),
    "dialog": ("Modal", ""),
    "textarea": ("Input", " multiline"),
}  # fmt: skip
"""The component that is written like an element of HTML, and what it takes to look like it."""
_HTML: Final = {
    **dict.fromkeys(("div", "section", "main", "header", "nav"), "<Layout> or <Container>"),
    **dict.fromkeys(("p", "span", "label", "b", "i", "strong", "em"), "<Text>"),
    **{f"h{n}": f'<Text variant="h{min(n, 4)}">' for n in range(1, 7)},
    **dict.fromkeys(("ul", "ol"), "<List>"),
    "li": "<ListItem>",
    "pre": "<Code>",
    "a": "<Link>",
    "img": "<Image>",
    "dialog": "<Modal>",
    "textarea": "<Input multiline>",
    "table": "<Table>",
    "script": "a <Handler> inside a <Tool>",
}
"""What to write in place of an element of HTML."""


def tell_html(reading: Reading, element: Element, path: str) -> None:
    """Tell an element of HTML, and what makes a component of it."""
    name = element.name
    same = next((each for each in BY_NAME if each.casefold() == name.casefold()), None)
    reading.findings.add(
        catalogue.HTML_ELEMENT,
        element.start,
        element.tag.name_end,
        path,
        fix=_as_component(reading, element, same),
        name=name,
        instead="Leave it out."
        if name in _BREAKS
        else f"Write {f'<{same}>' if same else _HTML.get(name, '<Layout> or <Text>')}.",
    )


def _as_component(reading: Reading, element: Element, same: str | None) -> Mend | None:
    """Return what makes a component of an element of HTML, where one takes what it holds."""
    if same is not None:
        return rename(reading, element, same)
    if element.name in _BREAKS:
        return Mend("Leave it out", (element.tag.start, element.end, ""))
    name, attributes = _AS_COMPONENTS.get(element.name, (None, ""))
    if name is None or (BY_NAME[name].content != "nodes" and element.elements()):
        return None
    return rename(reading, element, name, attributes)
