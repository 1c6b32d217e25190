"""The port: what is found, what is refused, what comes back."""

import asyncio
import contextlib
import math
import sys
import time
from typing import ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nexus_core.extensions import (
    CallContext,
    Extension,
    ExtensionError,
    HttpExtension,
    KvExtension,
    MemoryStore,
    MethodDescription,
    ParameterDescription,
    Registry,
    SqlExtension,
    TimerExtension,
    method,
    offers,
)
from nexus_core.testing import CONTEXT, check_extension
from nexus_protocol import Json, Model
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.extensions")


class Point(Model):
    x: int
    label_text: str = ""


class Example(Extension):
    """Methods of every kind."""

    name: ClassVar[str] = "test.example"

    @method(idempotent=True, timeout=5)
    async def add_all(self, context: CallContext, numbers: list[int], start: int = 0) -> Json:
        """Add numbers."""
        return sum(numbers, start)

    @method()
    async def who(self, context: CallContext) -> Json:
        """Say on whose behalf."""
        return [context.panel_id, context.tool, context.user, context.execution_id]

    @method()
    async def place(self, context: CallContext, point: Point) -> Json:
        """Read an object."""
        return [point.x, point.label_text]

    @method(timeout=0.01)
    async def hang(self, context: CallContext) -> Json:
        """Wait for ever."""
        await asyncio.Event().wait()

    @method()
    async def fail(self, context: CallContext) -> Json:
        """Raise what the port does not know."""
        raise RuntimeError("password=s3cret")

    @method()
    async def refuse(self, context: CallContext) -> Json:
        """Raise what the port knows."""
        raise ExtensionError(ErrorCode.PERMISSION_DENIED, "not for you")

    @method()
    async def give(self, context: CallContext, what: str) -> Json:
        """Return what is not JSON."""
        return {"nan": math.nan, "set": {1}, "large": "x" * 2000, "deep": {"a\0": 1}}[what]

    async def hidden(self, context: CallContext) -> Json:
        """Not marked, so not open."""


REGISTRY = Registry([Example(), TimerExtension()], max_result_bytes=1000)


async def call(name: str, *args: Json, extension: str = "test.example") -> Json:
    return await REGISTRY.call(extension, name, args, CONTEXT)


async def failure(name: str, *args: Json, extension: str = "test.example") -> tuple[str, str]:
    with pytest.raises(ExtensionError) as caught:
        await call(name, *args, extension=extension)
    return caught.value.code.name, str(caught.value)


# ---- calls


async def test_a_method_is_called_by_its_javascript_name():
    assert await call("addAll", [1, 2, 3], 10) == 16


async def test_an_argument_with_a_default_may_be_left_out():
    assert await call("addAll", [1, 2]) == 3


async def test_a_method_knows_on_whose_behalf_it_is_called():
    context = CallContext("notes", "add", "ann", "e1")
    assert await REGISTRY.call("test.example", "who", [], context) == ["notes", "add", "ann", "e1"]


async def test_objects_are_read_with_camel_case_names():
    assert await call("place", {"x": 1, "labelText": "here"}) == [1, "here"]


async def test_an_unknown_extension_is_answered_with_the_nearest_name():
    assert await failure("add", extension="test.exampel") == (
        "EXTENSION_NOT_FOUND",
        "there is no extension 'test.exampel'; did you mean test.example?",
    )


async def test_an_unknown_method_is_answered_with_the_nearest_name():
    assert await failure("addall") == (
        "METHOD_NOT_FOUND",
        "test.example has no method 'addall'; did you mean addAll?",
    )


@pytest.mark.parametrize("name", ["hidden", "add_all", "name", "__init__", "constructor", "then"])
async def test_what_is_not_marked_cannot_be_called(name):
    assert (await failure(name))[0] == "METHOD_NOT_FOUND"


async def test_without_extensions_the_message_says_so():
    with pytest.raises(ExtensionError, match="none is connected"):
        await Registry().call("nexus.http", "get", [], CONTEXT)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "addAll(numbers, start?): needs numbers"),
        ([[1], 2, 3], "addAll(numbers, start?): takes at most 2 arguments, not 3"),
        (["1"], "addAll(numbers, start?): numbers: Input should be a valid array"),
        ([[1, "2"]], "addAll(numbers, start?): numbers.1: Input should be a valid integer"),
        ([[1.5]], "addAll(numbers, start?): numbers.0: Input should be a valid integer"),
        ([[True]], "addAll(numbers, start?): numbers.0: Input should be a valid integer"),
        ([[2**60]], "addAll(numbers, start?): numbers: an integer beyond 2**53 - 1 in size at /0"),
        ([None], "addAll(numbers, start?): numbers: Input should be a valid array"),
    ],
)
async def test_arguments_that_do_not_fit_are_refused_with_their_place(args, message):
    assert await failure("addAll", *args) == ("INVALID_ARGUMENTS", message)


@pytest.mark.parametrize(
    "point",
    [{}, {"x": "1"}, {"x": 1, "y": 2}, {"x": 1, "__proto__": {}}, [], 1, {"x": 1, "label\0": ""}],
)
async def test_an_object_that_does_not_fit_is_refused(point):
    assert (await failure("place", point))[0] == "INVALID_ARGUMENTS"


async def test_a_call_that_takes_too_long_ends_with_timeout():
    assert await failure("hang") == ("TIMEOUT", "test.example.hang took longer than 0.01 s")


async def test_a_call_that_is_cancelled_is_cancelled():
    task = asyncio.create_task(call("sleep", 60_000, extension="nexus.timer"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_text_of_a_foreign_exception_stays_in_the_log(caplog):
    assert await failure("fail") == ("EXTENSION_ERROR", "test.example.fail failed: RuntimeError")
    assert "s3cret" in caplog.text


async def test_an_error_that_an_extension_chose_is_passed_on():
    assert await failure("refuse") == ("PERMISSION_DENIED", "not for you")


@pytest.mark.parametrize("what", ["nan", "set", "deep"])
async def test_a_result_that_is_not_strict_json_is_an_error_of_the_extension(what):
    assert (await failure("give", what))[0] == "EXTENSION_ERROR"


async def test_a_result_that_is_too_large_is_refused():
    assert await failure("give", "large") == (
        "RESOURCE_LIMIT",
        "test.example.give returned more than 1000 bytes",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["addAll", "place", "who"]), st.lists(JSON, max_size=4))
def test_any_arguments_give_a_result_or_are_refused(name, args):
    code = None
    try:
        asyncio.run(call(name, *args))
    except ExtensionError as error:
        code = error.code
    assert code in (None, ErrorCode.INVALID_ARGUMENTS)


# ---- descriptions and definitions


def test_a_method_describes_itself():
    described = {each.name: each for each in REGISTRY.methods("test.example")}
    assert described["addAll"] == MethodDescription(
        name="addAll",
        doc="Add numbers.",
        parameters=(
            ParameterDescription(
                name="numbers",
                required=True,
                json_schema={"type": "array", "items": {"type": "integer"}},
            ),
            ParameterDescription(name="start", required=False, json_schema={"type": "integer"}),
        ),
        arguments_schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "array",
            "prefixItems": [
                {"title": "numbers", "type": "array", "items": {"type": "integer"}},
                {"title": "start", "type": "integer"},
            ],
            "minItems": 1,
            "maxItems": 2,
        },
        result_schema={"$schema": "https://json-schema.org/draft/2020-12/schema"},
        timeout_seconds=5,
        idempotent=True,
    )


ALL = [Example(), HttpExtension(), TimerExtension(), KvExtension(MemoryStore()), SqlExtension()]


@pytest.mark.parametrize("described", Registry(ALL).describe(), ids=lambda each: each.name)
def test_every_schema_of_a_description_is_json_schema(described):
    assert described.doc
    for each in described.methods:
        Draft202012Validator.check_schema(each.arguments_schema)
        Draft202012Validator.check_schema(each.result_schema)
        assert each.summary


def test_the_schema_of_arguments_accepts_what_a_call_accepts():
    described = {each.name: each for each in REGISTRY.methods("test.example")}
    validator = Draft202012Validator(described["place"].arguments_schema)
    accepted = [[{"x": 1}], [{"x": 1, "labelText": "a"}], [{"x": "1"}], [{"y": 1}], [], [{}, 1]]
    assert [validator.is_valid(args) for args in accepted] == [True, True, *[False] * 4]


async def test_a_result_that_is_not_what_was_promised_is_an_error_that_does_not_repeat_it():
    class Liar(Extension):
        name: ClassVar[str] = "test.liar"

        @method()
        async def point(self, context: CallContext) -> Point:
            """Promise a point."""
            return cast("Point", {"x": "s3cret"})

    with pytest.raises(ExtensionError) as caught:
        await Registry([Liar()]).call("test.liar", "point", [], CONTEXT)
    assert caught.value.code is ErrorCode.EXTENSION_ERROR
    assert "s3cret" not in str(caught.value)


async def test_a_model_is_returned_as_the_json_of_its_schema():
    class Cartographer(Extension):
        name: ClassVar[str] = "test.map"

        @method()
        async def point(self, context: CallContext) -> Point:
            """Return a point."""
            return Point(x=1, label_text="here")

    registry = Registry([Cartographer()])
    result = await registry.call("test.map", "point", [], CONTEXT)
    assert result == {"x": 1, "labelText": "here"}
    Draft202012Validator(registry.methods("test.map")[0].result_schema).validate(result)


def test_describing_an_unknown_extension_is_an_error():
    with pytest.raises(ExtensionError) as caught:
        REGISTRY.methods("test.nothing")
    assert caught.value.code is ErrorCode.EXTENSION_NOT_FOUND


class NotAsync(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    def now(self, context: CallContext) -> Json:
        """Return at once."""


class NoContext(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, zone: str) -> Json:
        """Forget the context."""


class Untyped(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext, zone) -> Json:
        """Forget the type."""


class AnyNumber(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext, *zones: str) -> Json:
        """Take any number."""


class Thenable(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def then(self, context: CallContext) -> Json:
        """Be called by await."""


class Silent(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext):
        """Forget what is returned."""


class Nameless(Extension):
    pass


class BadlyNamed(Extension):
    name: ClassVar[str] = "Clock"


BAD = [NotAsync, NoContext, Untyped, AnyNumber, Thenable, Silent, Nameless, BadlyNamed]


@pytest.mark.parametrize("extension", BAD)
def test_an_extension_that_is_written_wrongly_is_refused_at_the_start(extension):
    with pytest.raises(TypeError, match=extension.__name__):
        Registry([extension()])


def test_two_extensions_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"test\.example"):
        Registry([Example(), Example()])


# ---- the contract


class Empty(Extension):
    name: ClassVar[str] = "test.empty"


class Undocumented(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext) -> Json:
        return None


class Endless(Extension):
    name: ClassVar[str] = "test.bad"

    @method(timeout=math.inf)
    async def now(self, context: CallContext) -> Json:
        """Take all the time in the world."""


class Blocking(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext) -> Json:
        """Keep everybody waiting."""
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            pass


class Stubborn(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext) -> Json:
        """Answer when told to stop."""
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)
        return "done"


class Lying(Extension):
    name: ClassVar[str] = "test.bad"

    @method()
    async def now(self, context: CallContext) -> int:
        """Return what is not promised."""
        return cast("int", "one")


class Talkative(Lying):
    def scopes(self):
        return {"connections": object()}


@pytest.mark.parametrize("extension", ALL, ids=lambda each: each.name)
async def test_an_extension_keeps_the_contract(extension):
    await check_extension(extension)


async def test_an_extension_keeps_the_contract_when_it_is_called():
    await check_extension(Example(), {"addAll": [[1, 2], 3], "who": [], "place": [{"x": 1}]})
    await check_extension(TimerExtension(), {"sleep": [5]})


@pytest.mark.parametrize("extension", [Blocking, Stubborn, Lying])
async def test_an_extension_that_behaves_badly_is_told_so(extension):
    with pytest.raises(AssertionError):
        await check_extension(extension(), {"now": []})


@pytest.mark.parametrize("examples", [{"none": []}, {"addAll": ["x"]}, {"fail": []}])
async def test_an_example_that_does_not_succeed_is_told(examples):
    with pytest.raises(AssertionError, match=next(iter(examples))):
        await check_extension(Example(), examples)


@pytest.mark.parametrize("extension", [*BAD, Empty, Undocumented, Endless, Talkative])
async def test_an_extension_that_breaks_the_contract_is_told_so(extension):
    with pytest.raises(AssertionError):
        await check_extension(extension())


# ---- installed extensions

PLUGIN = """
from nexus_core.extensions import CallContext, Extension, method

class Plugin(Extension):
    name = "{name}"

    def __init__(self, greeting="hello"):
        self.greeting = greeting

    @method()
    async def hello(self, context: CallContext) -> str:
        "Greet."
        return self.greeting

def broken():
    raise RuntimeError("no licence")

def leaving():
    raise SystemExit(3)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lay a package with an entry point where Python looks for packages; returns its module."""

    def install(name: str, attribute: str = "Plugin", package: str = "", own: str = "") -> str:
        module = f"plugin_{package}{name.replace('.', '_')}_{attribute}".lower()
        (tmp_path / f"{module}.py").write_text(PLUGIN.format(name=own or name))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[nexus.extensions]\n{name} = {module}:{attribute}\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        return module

    return install


async def test_an_installed_extension_is_found_by_its_entry_point(install):
    install("acme.greeter")
    registry = Registry.discover(enabled={"acme.greeter": {}})
    assert (registry.names, registry.problems) == (("acme.greeter",), ())
    assert await registry.call("acme.greeter", "hello", [], CONTEXT) == "hello"


async def test_an_installed_extension_is_made_with_the_operators_options(install):
    install("acme.polite")
    registry = Registry.discover(enabled={"acme.polite": {"greeting": "good day"}})
    assert await registry.call("acme.polite", "hello", [], CONTEXT) == "good day"


def test_what_is_not_enabled_is_not_imported(install):
    module = install("acme.idle")
    assert Registry.discover([TimerExtension()]).names == ("nexus.timer",)
    assert [each.package for each in offers() if each.name == "acme.idle"] == [f"{module} 1.0"]
    assert module not in sys.modules


@pytest.mark.parametrize(
    ("installed", "enabled", "told"),
    [
        ([], "acme.none", "no installed package offers it"),
        ([{"name": "acme.bad", "attribute": "broken"}], "acme.bad", "RuntimeError: no licence"),
        ([{"name": "acme.out", "attribute": "leaving"}], "acme.out", "SystemExit: 3"),
        ([{"name": "acme.gone", "attribute": "nothing"}], "acme.gone", "AttributeError"),
        ([{"name": "acme.path", "attribute": "__name__"}], "acme.path", "TypeError"),
        ([{"name": "acme.alias", "own": "acme.real"}], "acme.alias", "its name is acme.real"),
        ([{"name": "nexus.timer"}], "nexus.timer", "belongs to one that is built in"),
        (
            [{"name": "acme.two", "package": "a"}, {"name": "acme.two", "package": "b"}],
            "acme.two",
            "plugin_aacme_two_plugin 1.0, plugin_bacme_two_plugin 1.0",
        ),
    ],
)
def test_an_extension_that_cannot_be_had_is_reported_and_the_others_are_there(
    install, caplog, installed, enabled, told
):
    install("acme.fine", package="x")
    for each in installed:
        install(**each)
    registry = Registry.discover([TimerExtension()], {enabled: {}, "acme.fine": {}})
    assert registry.names == ("acme.fine", "nexus.timer")
    (problem,) = registry.problems
    assert problem.name == enabled
    assert told in str(problem)
    assert str(problem) in caplog.text


async def test_a_handler_that_calls_one_that_could_not_be_loaded_is_told_no_more_than_that(install):
    install("acme.lost", "broken")
    registry = Registry.discover(enabled={"acme.lost": {}})
    with pytest.raises(ExtensionError, match="could not be loaded") as caught:
        await registry.call("acme.lost", "hello", [], CONTEXT)
    assert caught.value.code is ErrorCode.EXTENSION_NOT_FOUND
    assert "licence" not in str(caught.value)


def test_an_option_that_is_not_taken_is_reported(install):
    install("acme.strict")
    (problem,) = Registry.discover(enabled={"acme.strict": {"colour": "red"}}).problems
    assert "colour" in problem.message


# ---- the timer


async def test_a_handler_can_wait():
    assert await call("sleep", 1, extension="nexus.timer") is None


@pytest.mark.parametrize("ms", [-1, 60_001, "1", None, True])
async def test_a_wait_that_is_no_time_is_refused(ms):
    assert (await failure("sleep", ms, extension="nexus.timer"))[0] == "INVALID_ARGUMENTS"
