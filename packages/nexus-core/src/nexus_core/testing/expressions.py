"""Hypothesis strategies that make expressions at random, over a small state.

An expression is text that the parser takes and that mostly makes sense: each strategy here makes
expressions of one kind of value, and now and then another kind stands where that one is expected.
Left out is what the engines are not held to agree on: see tests/conformance/README.md.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from hypothesis import strategies as st

from nexus_protocol._model import Json

STATE: Final[Mapping[str, Json]] = {
    "n": 3,
    "half": -0.5,
    "name": "Ada",
    "flag": True,
    "nothing": None,
    "tags": ["b", "a", "ä"],
    "numbers": [4, 1, 5, 1],
    "empty": [],
    "user": {"name": "Eve", "age": 36, "tags": ["x"]},
    "rows": [{"id": 2, "t": "Milk"}, {"id": 1, "t": "Tea", "n": 2}],
}
"""The state over which the expressions are to be evaluated."""

Text: TypeAlias = st.SearchStrategy[str]
_DEPTH: Final = 4

_NUMBERS: Final = (
    "(0)", "(1)", "(2)", "(3)", "(-1)", "(-0)", "(0.5)", "(10)", "(1e21)", "(255)",
    "(2147483648)",
    "NaN", "Infinity",
    "$state.n", "$state.half", "$state.user.age", "$state.rows.length", "$state.name.length",
)  # fmt: skip
_TEXTS: Final = (
    '""', '"a"', '"Ada"', '" b "', '"1"', '"1.5"', '"a,b,a"', '"ä😀"', '"x1y22"', "`n${1}`",
    '"0x1f"',
    "$state.name", "$state.user.name", "$state.tags[0]", "$state.rows[0].t",
)  # fmt: skip
_BOOLEANS: Final = ("true", "false", "$state.flag")
_LISTS: Final = (
    "[]", "[1, 2, 3]", "[3, 1, 2]", '["b", "a"]', "[null, undefined, NaN, 0]", "[[1], [2, [3]]]",
    "[[\"k\", 1]]", "Array(2)", "$state.tags", "$state.numbers", "$state.empty", "$state.rows",
    "$state.user.tags",
)  # fmt: skip
_OBJECTS: Final = (
    "({})", "({a: 1})", '({b: 2, a: "x"})', "({2: 1, 1: 2})", "({n: {m: [1]}})", "$state.user",
    "$state.rows[1]",
)  # fmt: skip
_OTHERS: Final = (
    "null", "undefined", "$state.nothing", "$state.missing", "/a/", "/[a-z]/g", "Math", "JSON",
)  # fmt: skip
_PATTERNS: Final = ("/a/", "/a/g", "/[a-z]+/g", r"/(\d)/g", r"/(\d+)/", "/b|a/gi", "/^x/", "/$/")
_KEYS: Final = ("a", "b", "name", "length", "id", "0", "missing")
_MATH_1: Final = ("abs", "ceil", "floor", "round", "sign", "trunc", "sqrt", "fround", "clz32")
_MATH_N: Final = ("max", "min", "imul")

_BINARY: Final = (
    "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>", "<", "<=", ">", ">=", "==", "!=",
    "===", "!==", "&&", "||",
)  # fmt: skip


def expressions(depth: int = _DEPTH) -> Text:
    """Make expressions of any kind, at most so many operations inside one another."""
    return _grammar(depth)["any"]


def _grammar(depth: int) -> dict[str, Text]:
    """Return a strategy for each kind of value; what fills its forms is less deep."""
    kinds = {kind: st.sampled_from(leaves) for kind, leaves in _LEAVES.items()}
    kinds["any"] = st.one_of(list(kinds.values()))
    for _ in range(depth):
        deeper = {kind: _kind(kind, kinds) for kind in _LEAVES}
        deeper["any"] = st.one_of(_with(kinds, _GENERAL), *deeper.values())
        kinds = deeper
    return kinds


def _kind(kind: str, inner: Mapping[str, Text]) -> Text:
    """Make a form of a kind mostly, sometimes a leaf, seldom anything at all."""
    leaf = st.sampled_from(_LEAVES[kind])
    form = _with(inner, _FORMS.get(kind, ()) or _LEAVES[kind])
    return st.integers(0, 15).flatmap(
        lambda n: leaf if n < 3 else inner["any"] if n == 15 else form
    )


def _with(kinds: Mapping[str, Text], forms: tuple[str, ...]) -> Text:
    """Fill the gaps of a form, such as ``@number@``."""
    return st.sampled_from(forms).flatmap(lambda form: _filled(form, kinds))


def _filled(form: str, kinds: Mapping[str, Text]) -> Text:
    parts = form.split("@")
    gaps = [_WORDS[name] if name in _WORDS else kinds[name] for name in parts[1::2]]
    return st.tuples(*gaps).map(_joiner(parts[::2]))


def _joiner(texts: list[str]) -> Callable[[tuple[str, ...]], str]:
    def join(values: tuple[str, ...]) -> str:
        filled = (value + text for value, text in zip(values, texts[1:], strict=True))
        return texts[0] + "".join(filled)

    return join


_LEAVES: Final[dict[str, tuple[str, ...]]] = {
    "number": _NUMBERS,
    "text": _TEXTS,
    "boolean": _BOOLEANS,
    "list": _LISTS,
    "object": _OBJECTS,
    "other": _OTHERS,
}
_WORDS: Final[dict[str, Text]] = {
    "date": st.sampled_from(('"2026-02-01"', '"2024-02-29T10:20:30.456Z"', "null", "undefined")),
    "power": st.sampled_from(("0", "1", "2", "3", "NaN", "true", "Infinity")),
    "record": st.sampled_from(_OBJECTS),
    "items": st.sampled_from(_LISTS),
    "key": st.sampled_from(_KEYS),
    "pattern": st.sampled_from(_PATTERNS),
    "binary": st.sampled_from(_BINARY),
    "math1": st.sampled_from(_MATH_1),
    "mathn": st.sampled_from(_MATH_N),
    "small": st.sampled_from(("0", "1", "2", "-1", "undefined", '"1"', "1.5")),
    "sep": st.sampled_from(('""', '","', '"a"', "undefined", "null", "1", "/a/", r"/\d/")),
    "test": st.sampled_from(("x => x", "x => x > 1", "(x, i) => i", "x => x?.id", "Boolean")),
    "map": st.sampled_from(
        (
            "x => x", "x => [x, x]", "(x, i) => i + x", "x => x.length", "x => `${x}`", "Number",
            "String", "parseInt", "x => ({x})", "({id, ...r}) => r", "([a, b = 1]) => b",
            "(x, i, all) => all.length", "x => typeof x", "(...all) => all.length",
        )
    ),
    "fold": st.sampled_from(
        ("(a, b) => a + b", "(a, b) => [a, b]", "(a, b, i) => i", "(a, {id} = {}) => a ?? id")
    ),
    "order": st.sampled_from(
        (
            "", "undefined", "() => 0", "(a, b) => `${a}`.length - `${b}`.length",
            "(a, b) => (`${b}` < `${a}` ? -1 : `${b}` > `${a}` ? 1 : 0)",
        )
    ),
}  # fmt: skip
_GENERAL: Final = (
    "(@any@ @binary@ @any@)", "(@any@ ?? @any@)", "(({valueOf: () => @any@}) @binary@ @any@)",
    "`${{toString: () => @any@}}`", "(@any@ ? @any@ : @any@)", "(@any@)?.@object@",
    "@list@[@small@]", "@text@[@small@]", "@object@[@text@]", "(@any@)?.[@any@]",
    "((x, y = x) => [x, y])(@any@)", "(x => x)(@any@)", "(({a, ...rest}) => [a, rest])(@any@)",
    "(([a, ...rest]) => [a, rest])(@any@)", "@list@.find(@test@)", "@list@.at(@small@)",
    "@list@.reduce(@fold@, @any@)", "@list@.reduce(@fold@)", "JSON.parse(JSON.stringify(@any@))",
    "JSON.parse(@text@)", "@list@.pop()", "[...@list@].shift()", "(@any@)?.length", "void @any@",
    "@text@.match(@pattern@)", "(f => f?.(@any@))(@any@)",
    "@pattern@.exec(@text@)", "@list@.reduceRight(@fold@)", "@object@.a", "(@any@).name",
    "((a, ...rest) => rest)(...@list@)", "(@any@ instanceof Object)", "(@any@).valueOf()",
    "@list@.findLast(@test@)", "+new Date(+@number@)", "new Date(+@number@).toJSON()",
)  # fmt: skip
_FORMS: Final[dict[str, tuple[str, ...]]] = {
    "number": (
        "(new Date(+@number@) - new Date(@date@))", "(@number@ + @number@)",
        "(@number@ - @any@)", "(@number@ * @number@)",
        "(@number@ % @number@)", "(@number@ ** @power@)", "-(@any@)", "+(@any@)", "~(@any@)",
        "Math.@math1@(@any@)", "Math.@mathn@(@number@, @any@)", "Math.max(...@list@)",
        "@text@.length", "@list@.length", "parseInt(@any@)", "parseInt(@text@, @number@)",
        "parseFloat(@any@)", "Number(@any@)", "@text@.indexOf(@any@)", "@list@.indexOf(@any@)",
        "@text@.charCodeAt(@small@)", "@list@.findIndex(@test@)", "@list@.push(@any@)",
        "[...@list@].unshift(@any@)", "@text@.search(@pattern@)", "@list@.lastIndexOf(@any@)",
        "Object.keys(@any@).length", "new Date(@date@).getTime()", "@text@.codePointAt(@small@)",
        "@text@.lastIndexOf(@text@)", "Date.UTC(@number@, @small@)",
        "new Date(0).setUTCDate(@number@)",
    ),
    "text": (
        "(@text@ + @any@)", "`${@any@}-${@any@}`", "String(@any@)", "typeof @any@",
        "JSON.stringify(@any@)", "JSON.stringify(@object@, null, @small@)",
        "@text@.toUpperCase()",
        "@text@.trim()", "@text@.slice(@number@, @number@)",
        "@text@.substring(@number@, @number@)",
        "@text@.substr(@number@, @number@)", "@text@.replace(@pattern@, @any@)",
        "@text@.replace(@pattern@, m => m + m)", "@text@.replaceAll(@text@, @text@)",
        "@text@.replace(@text@, @text@)", "@text@.padStart(@small@, @any@)",
        "@text@.padEnd(6, @text@)",
        "@text@.repeat(@small@)", "@list@.join(@any@)", "@list@.join()", "@text@.charAt(@any@)",
        "@text@.concat(@any@)", "(@number@).toFixed(@small@)", "(@number@).toString(@small@)",
        "(@number@).toPrecision(@small@)", "(@number@).toExponential(@small@)",
        "(@any@).toString()",
        "new Date(+@number@).toISOString()", "String.fromCharCode(@number@)", "@text@.at(@small@)",
        "@text@.normalize()", "(@number@).toString(16)",
    ),
    "boolean": (
        "!@any@", "(@any@ === @any@)", "(@any@ == @any@)", "(@any@ < @any@)", "(@any@ >= @any@)",
        '("@key@" in @any@)', "(@any@ in @list@)", "(@any@ instanceof Array)", "Boolean(@any@)",
        "Array.isArray(@any@)", "@list@.includes(@any@)", "@text@.includes(@any@)",
        "@text@.startsWith(@any@, @small@)", "@text@.endsWith(@text@)", "@list@.some(@test@)",
        "@list@.every(@test@)", "isNaN(@any@)", "isFinite(@any@)", "Number.isInteger(@any@)",
        "Object.is(@any@, @any@)", 'Object.hasOwn(@any@, "@key@")', "@pattern@.test(@any@)",
        '@object@.hasOwnProperty("@key@")', "Number.isSafeInteger(@any@)",
    ),
    "list": (
        "[@any@, @any@]", "[...@list@, @any@]", "[...@text@]", "@list@.map(@map@)",
        "@list@.filter(@test@)", "@list@.slice(@small@, @number@)", "@list@.concat(@any@)",
        "@list@.flat(@small@)", "@list@.flatMap(@map@)", "@list@.sort(@order@)",
        "@list@.reverse()",
        "@list@.toSorted(@order@)", "@list@.toReversed()", "@list@.fill(@any@, @small@)",
        "@list@.splice(@small@, @small@, @any@)", "@list@.toSpliced(@small@, @small@)",
        "@list@.with(@small@, @any@)", "[...@list@.entries()]", "[...@list@.keys()]",
        "Object.keys(@any@)", "Object.values(@any@)", "Object.entries(@any@)",
        "Array.from(@any@)",
        "Array.from(@list@, @map@)", "Array.of(@any@)", "@text@.split(@sep@)",
        "@text@.split(@sep@, @small@)", "[...@text@.matchAll(@pattern@)]",
        "(a => [a, a])(@list@)",
        "Array.from({length: @small@}, (_, i) => i)",
        "[...@list@].copyWithin(@small@, @small@)", "(a => [a.push(@any@), a])(@list@)",
        "[...@list@].sort()",
        "(l => [l.shift(), l])(@list@)",
    ),
    "object": (
        "({a: @any@, b: @any@})", "({...Object(@object@), a: @any@})", "({...Object(@list@)})",
        "({[@text@]: @any@})",
        "({[@number@]: @any@, ...Object(@object@)})", "Object.assign({}, @any@)",
        "Object.assign(@record@, @object@)", "Object.fromEntries(Object.entries(@any@))",
        "Object.fromEntries(@list@.entries())", "Object.fromEntries(@list@)",
        "({k: @any@}).k", "(({...rest}) => rest)(@object@)", "Object.assign(@items@, @list@)",
    ),
}  # fmt: skip
