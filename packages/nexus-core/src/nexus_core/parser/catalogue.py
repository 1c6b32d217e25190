"""Every diagnostic that the parser knows: its code, its message and its hint, as data.

``{facts}`` in message and hint are filled in by ``Findings.add``. A finding of a code of its own
is one row; a code that is found in several ways has a row for each.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nexus_protocol.diagnostics import Code, Severity

WARNINGS: Final = frozenset(
    {
        Code.UNUSED_STATE,
        Code.UNUSED_TOOL,
        Code.UNKNOWN_COMPONENT,
        Code.DANGEROUS_CAPABILITY,
        Code.DYNAMIC_STATE_ACCESS,
        Code.EMPTY_HANDLER,
        Code.MULTIPLE_ROOTS,
        Code.DEPRECATED_ALIAS,
        Code.NO_ACCESSIBLE_NAME,
        Code.INEFFECTIVE_ATTRIBUTE,
        Code.UNREACHABLE_CODE,
        Code.NEEDLESS_AWAIT,
        Code.MISSING_AWAIT,
    }
)
"""The codes with which a panel still runs."""

MEANINGS: Final[dict[Code, str]] = {
    Code.PARSE_ERROR: "The text is not made of tags, attributes and text as NXML has them, or is "
    "not one panel.",
    Code.UNKNOWN_ELEMENT: "An element stands where it cannot.",
    Code.UNKNOWN_ATTRIBUTE: "An element has no such attribute, or a tool no such argument.",
    Code.MISSING_REQUIRED: "An attribute, argument, handler or step that has to be there is not.",
    Code.INVALID_IDENTIFIER: "A name has characters that no name has, or is too long.",
    Code.INVALID_TYPE: "A value is not of the kind that is wanted there.",
    Code.INVALID_DEFAULT: "A default does not fit the type that is declared beside it.",
    Code.INVALID_EXPRESSION: "An expression, a binding or arguments are not JavaScript, or are "
    "more of it than may stand there.",
    Code.FORBIDDEN_GLOBAL: "Code names something of browsers or Node that no panel has.",
    Code.HANDLER_SYNTAX: "The code of a handler is not JavaScript, or is not the body that runs.",
    Code.DUPLICATE_SECTION: "A section stands twice, or two tests have one name.",
    Code.DUPLICATE_STATE: "Two states, or a state and a computed value, have one name.",
    Code.DUPLICATE_TOOL: "Two tools have one name.",
    Code.DUPLICATE_ARG: "Two arguments of a tool have one name.",
    Code.DUPLICATE_VIEW_ID: "Two components have one id.",
    Code.DUPLICATE_EXTENSION_ALIAS: "Two extensions go by one name in `$ext`.",
    Code.DUPLICATE_LIFECYCLE: "Two handlers wait for one event of the panel's life.",
    Code.UNDEFINED_STATE_REFERENCE: "A state is read, written, bound or tested and not declared.",
    Code.UNDEFINED_TOOL_REFERENCE: "A tool is triggered or called that is not declared.",
    Code.INVALID_SCOPE_REFERENCE: "`$scope` has no such name at that place of the view.",
    Code.UNDECLARED_EXTENSION: "A handler reaches for an extension that is not declared.",
    Code.COMPUTED_CYCLE: "A computed value needs itself, directly or through others.",
    Code.CAPABILITY_EXCEEDED: "A handler that declares its capabilities does more than they allow.",
    Code.LIMIT_EXCEEDED: "Something is longer, deeper or more than a panel may be.",
    Code.UNUSED_STATE: "A state or computed value is declared, and nothing reads or writes it.",
    Code.UNUSED_TOOL: "A tool is declared, and nothing runs it.",
    Code.UNKNOWN_COMPONENT: "A component is not in the catalogue; only a host that has registered "
    "it can draw it.",
    Code.DANGEROUS_CAPABILITY: "A capability is declared that is wider than what the code needs.",
    Code.DYNAMIC_STATE_ACCESS: "The code does not tell which name it reaches, so the handler is "
    "granted all of them.",
    Code.EMPTY_HANDLER: "A handler has no code.",
    Code.MULTIPLE_ROOTS: "The view has several components at its top, where one belongs.",
    Code.DEPRECATED_ALIAS: "An attribute goes by another name than the catalogue's; it is taken.",
    Code.UNREACHABLE_CODE: "Code stands where a handler never comes to.",
    Code.NEEDLESS_AWAIT: "A handler waits for something that is there already.",
    Code.MISSING_AWAIT: "A handler does not wait for an answer that it uses, or drops.",
    Code.NO_ACCESSIBLE_NAME: "Who cannot see a component is not told what it is.",
    Code.INEFFECTIVE_ATTRIBUTE: "An attribute stands where it does nothing.",
}
"""What a code means, whichever way it was found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One way in which a panel can be wrong."""

    code: Code
    message: str
    """One sentence: what is wrong."""
    hint: str
    """What to write instead."""

    @property
    def severity(self) -> Severity:
        """How bad it is; a property of the code."""
        return "warning" if self.code in WARNINGS else "error"


RepairCode: TypeAlias = Literal[
    "ARGUMENT_BRACES",
    "AT_EVENT",
    "BARE_LESS_THAN",
    "BOOLEAN_WORD",
    "BRACES_AROUND_BINDING",
    "DOUBLE_BRACES",
    "HTML_ENTITY",
    "ITERATE_KEY",
    "JSX_COMMENT",
    "MISSING_BRACES",
    "PROSE_AROUND",
    "QUOTES_IN_QUOTES",
    "SMART_QUOTES",
    "TOOL_REFERENCE",
    "UNCLOSED_END",
    "UNQUOTED_BRACES",
    "UNQUOTED_VALUE",
    "VOID_LEFT_OPEN",
    "VUE_BINDING",
]
"""The stable names of slips that are mended while reading, because they can mean one thing only."""

REPAIRS: Final[dict[RepairCode, tuple[str, str]]] = {
    "ARGUMENT_BRACES": ("Arguments stood without the braces around them.", '`args="{ id: 1 }"`'),
    "AT_EVENT": ("An event had the name it has in Vue.", '`trigger="add"`'),
    "BARE_LESS_THAN": ("A `<` stood in text.", "`&lt;`"),
    "BOOLEAN_WORD": (
        "A property that is true or false was spelled as in HTML or Python.",
        '`disabled="true"`, or `disabled` alone',
    ),
    "BRACES_AROUND_BINDING": ("A path to write to stood in braces.", '`bind="$state.name"`'),
    "DOUBLE_BRACES": (
        "An expression stood in `{{…}}` or `${…}` where there can be no text.",
        '`items="{$state.items}"`',
    ),
    "HTML_ENTITY": ("A character was written by its name in HTML.", "the character, or `&#160;`"),
    "ITERATE_KEY": ("The key of an Iterate was an expression.", '`key="id"`'),
    "JSX_COMMENT": ("A comment was written as in JSX.", "`<!-- … -->`"),
    "MISSING_BRACES": (
        "A reference stood without braces where there can be no text.",
        '`data="{$state.items}"`',
    ),
    "PROSE_AROUND": ("Prose or a Markdown fence stood around the panel.", "the panel alone"),
    "QUOTES_IN_QUOTES": (
        "An expression held the quotes that stand around it.",
        "`content=\"{$state.ok ? 'yes' : 'no'}\"`",
    ),
    "SMART_QUOTES": ("A value stood in typographic quotes.", '`"…"`'),
    "TOOL_REFERENCE": ("A tool was called where its name is wanted.", '`trigger="add"`'),
    "UNCLOSED_END": ("The end tag of the whole panel was missing.", "`</NexusPanel>`"),
    "UNQUOTED_BRACES": ("An expression stood without quotes.", '`content="{$state.name}"`'),
    "UNQUOTED_VALUE": ("A value stood without quotes.", '`gap="md"`'),
    "VOID_LEFT_OPEN": ("An element that holds no others was left open.", '`<State name="a"/>`'),
    "VUE_BINDING": (
        "An expression was given as in Vue.",
        '`label="{$state.name}"`, `bind="$state.name"`',
    ),
}
"""What each repair was for, and how the same is written rightly."""


# ---- characters and tags

NOT_UTF8 = Finding(
    Code.PARSE_ERROR,
    "The source holds a byte or character that is no text: broken UTF-8, U+0000 or half a pair.",
    "Save the file as UTF-8 and remove the character.",
)
DOCTYPE = Finding(
    Code.PARSE_ERROR,
    "A document type is not allowed.",
    "Remove it; NXML has no entities of its own.",
)
UNCLOSED_COMMENT = Finding(Code.PARSE_ERROR, "This comment is never closed.", "End it with `-->`.")
UNCLOSED_CDATA = Finding(
    Code.PARSE_ERROR, "This CDATA section is never closed.", "End it with `]]>`."
)
UNCLOSED_QUOTE = Finding(
    Code.PARSE_ERROR, "This value is never closed.", "End it with the quote it began with: {quote}"
)
UNCLOSED_BRACE = Finding(
    Code.PARSE_ERROR, "This brace is never closed.", "End the expression with `}}`."
)
MISSING_VALUE = Finding(Code.PARSE_ERROR, "There is no value after `=`.", "Write one in quotes.")
UNFINISHED_TAG = Finding(Code.PARSE_ERROR, "The tag <{name}> is not finished.", "End it with `>`.")
STRAY_CHARACTERS = Finding(Code.PARSE_ERROR, "These characters mean nothing here.", "Remove them.")
UNCLOSED_ELEMENT = Finding(
    Code.PARSE_ERROR, "<{name}> is never closed.", "Add `</{name}>` where it should end."
)
STRAY_END_TAG = Finding(
    Code.PARSE_ERROR,
    "</{name}> closes nothing.",
    "Remove it, or open <{name}> before.",
)
FRAGMENT = Finding(
    Code.PARSE_ERROR,
    "There are no elements without a name.",
    "Put the components into a `<Layout>`.",
)
BOTH_QUOTES = Finding(
    Code.PARSE_ERROR,
    "No quotes can stand around this value: it holds both kinds.",
    "Use one kind around the value and only the other inside.",
)
STRAY_TEXT = Finding(Code.PARSE_ERROR, "There may be no text in <{name}>.", "{instead}")
BAD_REFERENCE = Finding(
    Code.PARSE_ERROR,
    "{reference} is no character.",
    "Write the character itself, or a number such as `&#8211;`.",
)
NO_PANEL = Finding(
    Code.PARSE_ERROR,
    "There is no <NexusPanel> here.",
    'Begin with `<NexusPanel title="…">` and put <Data>, <Logic> and <View> inside.',
)
SECOND_PANEL = Finding(
    Code.PARSE_ERROR,
    "A document holds one panel; this comes after its end.",
    "Move it into the panel, or into a file of its own.",
)

# ---- limits

LIMIT_EXCEEDED = Finding(
    Code.LIMIT_EXCEEDED,
    "There are more than {limit} {what}.",
    "Split the panel into smaller parts.",
)

# ---- elements and attributes

UNKNOWN_ELEMENT = Finding(Code.UNKNOWN_ELEMENT, "<{name}> cannot stand in <{parent}>.", "{instead}")
HTML_ELEMENT = Finding(
    Code.UNKNOWN_ELEMENT,
    "<{name}> is HTML; a view is made of components.",
    "{instead}",
)
ELEMENT_IN_TEXT = Finding(
    Code.UNKNOWN_ELEMENT,
    "{parent} holds text, not elements.",
    "Put <{name}> beside it, in a Layout.",
)
SECOND_HANDLER = Finding(
    Code.UNKNOWN_ELEMENT,
    "There is a second <Handler> here.",
    "Put the code of both into the first.",
)
MISPLACED_GIVEN = Finding(
    Code.UNKNOWN_ELEMENT,
    "<Given> stands once, before everything else in a test.",
    "Put its values into one <Given> at the beginning of the test.",
)
STRAY_ELSE = Finding(
    Code.UNKNOWN_ELEMENT,
    "This <Else> does not follow an <If>.",
    "Put it directly after the </If> it belongs to.",
)
OUTSIDE = Finding(
    Code.UNKNOWN_ELEMENT,
    "<{name}> does not stand in a <{parent}>.",
    "Put it into a <{parent}>.",
)
NOT_HELD = Finding(
    Code.UNKNOWN_ELEMENT,
    "<{parent}> holds <{held}> only, not <{name}>.",
    "Put it into a <{held}>.",
)
NESTED_FORM = Finding(
    Code.UNKNOWN_ELEMENT,
    "This <Form> stands in another.",
    "Put it beside the other, or leave one of them out.",
)
UNKNOWN_COMPONENT = Finding(
    Code.UNKNOWN_COMPONENT,
    "There is no component {name}.",
    "Use one of the catalogue, or register it with the renderer.",
)
UNKNOWN_ATTRIBUTE = Finding(
    Code.UNKNOWN_ATTRIBUTE, "<{name}> takes no attribute {attribute}.", "It takes: {known}."
)
UNKNOWN_ARGUMENT = Finding(
    Code.UNKNOWN_ATTRIBUTE, "The tool {tool} takes no argument {argument}.", "It takes: {known}."
)
REPEATED_ATTRIBUTE = Finding(
    Code.PARSE_ERROR, "The attribute {attribute} is given twice.", "Keep one of them."
)
DEPRECATED_ALIAS = Finding(
    Code.DEPRECATED_ALIAS, "{alias} is another name for {name}.", "Write {name}."
)
MISSING_REQUIRED = Finding(Code.MISSING_REQUIRED, "<{name}> needs {what}.", "Add {example}.")
MISSING_ARGUMENT = Finding(
    Code.MISSING_REQUIRED,
    "The tool {tool} needs the argument {argument}.",
    "Add it to args: `{example}`.",
)
INVALID_IDENTIFIER = Finding(
    Code.INVALID_IDENTIFIER,
    "`{name}` cannot be a name.",
    "{rule}",
)
INVALID_TYPE = Finding(Code.INVALID_TYPE, "{what} must be {wanted}.", "Write {example}.")
INVALID_DEFAULT = Finding(
    Code.INVALID_DEFAULT, "The default of {name} is not {wanted}.", "Write {example}."
)

# ---- expressions

EXPRESSION_SYNTAX = Finding(
    Code.INVALID_EXPRESSION,
    "This is not JavaScript that an expression may hold.",
    "{why}",
)
ENTITY_IN_EXPRESSION = Finding(
    Code.INVALID_EXPRESSION,
    "Entities mean nothing inside an expression.",
    "Write the character itself: `&&`, `<`, `>`.",
)
EMPTY_EXPRESSION = Finding(
    Code.INVALID_EXPRESSION,
    "There is no expression here.",
    "Write an expression such as `$state.name`; a brace as text is `{{{{` or `}}}}`.",
)
UNCLOSED_EXPRESSION = Finding(
    Code.INVALID_EXPRESSION,
    "This brace opens an expression that never ends.",
    "Close it with `}}`; a brace as text is `{{{{`.",
)
TEXT_BRACES = Finding(
    Code.INVALID_EXPRESSION,
    "Two braces are a brace as text, so this is shown and not computed.",
    "Write `{{$state.name}}`; to show the braces, put the text into CDATA.",
)
NOT_ALLOWED = Finding(Code.INVALID_EXPRESSION, "An expression may not hold {what}.", "{instead}")
UNKNOWN_NAME = Finding(
    Code.INVALID_EXPRESSION,
    "`{name}` is not known in an expression.",
    "Read the state as `$state.{name}`, an item as `$scope.{name}`.",
)
BAD_BINDING = Finding(
    Code.INVALID_EXPRESSION,
    "This is no path that can be written to.",
    "Write a path such as `$state.name` or `$scope.item.done`.",
)
READ_ONLY_BINDING = Finding(
    Code.INVALID_EXPRESSION,
    "{name} is computed and cannot be written to.",
    "Bind a state that it is computed from.",
)
BAD_WATCH = Finding(
    Code.INVALID_EXPRESSION,
    "This is no part of the state whose changes can be waited for.",
    "Write a path of names such as `$state.orders` or `$state.form.email`.",
)
WATCHED_COMPUTED = Finding(
    Code.INVALID_EXPRESSION,
    "{name} is computed; a trigger waits for changes of a state.",
    "Name the state that it is computed from.",
)
BAD_ARGUMENTS = Finding(
    Code.INVALID_EXPRESSION,
    "These are no arguments.",
    "Write them by name, `{{ id: $scope.item.id }}`, or in order, `[$state.id]`.",
)

# ---- handlers

FORBIDDEN_GLOBAL = Finding(Code.FORBIDDEN_GLOBAL, "There is no `{name}` in a panel.", "{instead}")
HANDLER_SYNTAX = Finding(Code.HANDLER_SYNTAX, "This is not JavaScript.", "{why}")
AWAIT_OUTSIDE_ASYNC = Finding(
    Code.HANDLER_SYNTAX,
    "`await` stands in a function that is not async.",
    "Write `async` before the function, and wait for what it returns.",
)
UNREACHABLE_CODE = Finding(
    Code.UNREACHABLE_CODE,
    "This never runs: what stands before it leaves.",
    "Remove it, or put it before the `return`, `throw`, `break` or `continue`.",
)
NEEDLESS_AWAIT = Finding(
    Code.NEEDLESS_AWAIT,
    "There is nothing to wait for here.",
    "Leave `await` out; $ext and $tools are what takes time.",
)
MISSING_AWAIT = Finding(
    Code.MISSING_AWAIT,
    "{call}(…) gives a promise, and nothing waits for it.",
    "Write `await {call}(…)`.",
)
AWAITED_LIST = Finding(
    Code.MISSING_AWAIT,
    "This is a list of promises; `await` does not wait for what is in a list.",
    "Write `await Promise.all(…)` around it.",
)
HANDLER_CHARACTERS = Finding(
    Code.HANDLER_SYNTAX,
    "Entities and typographic quotes mean nothing in a handler.",
    'Write the characters themselves: `&&`, `<`, `>`, `"`.',
)
HANDLER_FENCE = Finding(
    Code.HANDLER_SYNTAX, "A Markdown fence is no JavaScript.", "Write the code alone."
)
UNCALLED_FUNCTION = Finding(
    Code.HANDLER_SYNTAX,
    "This makes a function and never calls it.",
    "Write only what stands in the function: the handler is its body.",
)
EMPTY_HANDLER = Finding(
    Code.EMPTY_HANDLER,
    "This handler does nothing.",
    "Write what it should do, or remove the {what}.",
)
DYNAMIC_ACCESS = Finding(
    Code.DYNAMIC_STATE_ACCESS,
    "What is reached through {root} here cannot be told, so everything is granted.",
    "Name it: `{example}`.",
)
CAPABILITY_EXCEEDED = Finding(
    Code.CAPABILITY_EXCEEDED,
    "This needs {capability}, which the handler did not declare.",
    "Add `{capability}` to its capabilities, or leave them out to have them inferred.",
)
INVALID_CAPABILITY = Finding(
    Code.INVALID_TYPE,
    "`{capability}` is no capability.",
    "Write one such as `state:read:name`, `state:write:*`, `events:emit:toast`, `ext:http:get`.",
)
DANGEROUS_CAPABILITY = Finding(
    Code.DANGEROUS_CAPABILITY,
    "{capability} allows more than the code shows that it needs.",
    "Name what is needed: {needed}.",
)

# ---- names and references

DUPLICATE_SECTION = Finding(
    Code.DUPLICATE_SECTION, "There is a second <{name}>.", "Move its content into the first."
)
DUPLICATE_TEST = Finding(
    Code.DUPLICATE_SECTION, "There is already a test called {name}.", "Give it another name."
)
DUPLICATE_STATE = Finding(
    Code.DUPLICATE_STATE,
    "There is already a state or computed value {name}.",
    "Rename or remove one.",
)
DUPLICATE_TOOL = Finding(
    Code.DUPLICATE_TOOL, "There is already a tool {name}.", "Rename or remove one."
)
DUPLICATE_ARG = Finding(
    Code.DUPLICATE_ARG, "There is already an argument {name}.", "Rename or remove one."
)
DUPLICATE_VIEW_ID = Finding(
    Code.DUPLICATE_VIEW_ID, "There is already a component with the id {name}.", "Give it another."
)
DUPLICATE_EXTENSION_ALIAS = Finding(
    Code.DUPLICATE_EXTENSION_ALIAS,
    "There is already an extension called {name}.",
    "Give one of them another alias.",
)
DUPLICATE_LIFECYCLE = Finding(
    Code.DUPLICATE_LIFECYCLE, "There is already a handler for {name}.", "Put both into one."
)
UNDEFINED_STATE = Finding(
    Code.UNDEFINED_STATE_REFERENCE,
    "There is no state {name}.",
    'Declare it: `<State name="{name}" …/>`.',
)
WRITTEN_COMPUTED = Finding(
    Code.UNDEFINED_STATE_REFERENCE,
    "{name} is computed; there is no state of that name to write.",
    "Write the states that it is computed from.",
)
UNDEFINED_IN_TEST = Finding(
    Code.UNDEFINED_STATE_REFERENCE,
    "There is no state or computed value {name}.",
    "The panel has: {known}.",
)
GIVEN_COMPUTED = Finding(
    Code.UNDEFINED_STATE_REFERENCE,
    "{name} is computed; a test cannot begin with it.",
    "Give the states that it is computed from.",
)
UNDEFINED_TOOL = Finding(
    Code.UNDEFINED_TOOL_REFERENCE,
    "There is no tool {name}.",
    'Declare it: `<Tool name="{name}">…</Tool>`.',
)
INVALID_SCOPE = Finding(
    Code.INVALID_SCOPE_REFERENCE,
    "There is no $scope.{name} here.",
    "{known}",
)
UNDECLARED_EXTENSION = Finding(
    Code.UNDECLARED_EXTENSION,
    "There is no extension {name}.",
    'Declare it: `<Extension name="nexus.{name}"/>`.',
)
COMPUTED_CYCLE = Finding(
    Code.COMPUTED_CYCLE,
    "{name} is computed from itself: {cycle}.",
    "Compute one of them from states alone.",
)

# ---- worth a look

UNUSED_STATE = Finding(Code.UNUSED_STATE, "Nothing reads or writes {name}.", "Use it or remove it.")
UNUSED_TOOL = Finding(
    Code.UNUSED_TOOL,
    "Nothing in the view and no other tool runs {name}.",
    'Give a component `trigger="{name}"`, or remove it.',
)
MULTIPLE_ROOTS = Finding(
    Code.MULTIPLE_ROOTS,
    "The view has {count} roots; they are stacked.",
    'Put them into one `<Layout strategy="stack">`.',
)
NO_ACCESSIBLE_NAME = Finding(
    Code.NO_ACCESSIBLE_NAME,
    "A person who cannot see this {name} does not know what it is.",
    'Add `{attribute}="…"` or `aria-label="…"`.',
)
INEFFECTIVE_ATTRIBUTE = Finding(
    Code.INEFFECTIVE_ATTRIBUTE,
    "{attribute} does nothing on <{name}>, which is only what it holds.",
    "Write it on a component inside, or remove it.",
)
