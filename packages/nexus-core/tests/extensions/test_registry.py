"""The port: what is found, what is refused, what comes back."""

import asyncio
import math
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.extensions import (
    CallContext,
    Extension,
    ExtensionError,
    HttpExtension,
    MethodDescription,
    ParameterDescription,
    Registry,
    TimerExtension,
    method,
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
        timeout_seconds=5,
        idempotent=True,
    )


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


class Nameless(Extension):
    pass


class BadlyNamed(Extension):
    name: ClassVar[str] = "Clock"


BAD = [NotAsync, NoContext, Untyped, AnyNumber, Thenable, Nameless, BadlyNamed]


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


@pytest.mark.parametrize("extension", [HttpExtension(), TimerExtension(), Example()])
async def test_an_extension_keeps_the_contract(extension):
    await check_extension(extension)


@pytest.mark.parametrize("extension", [*BAD, Empty, Undocumented, Endless])
async def test_an_extension_that_breaks_the_contract_is_told_so(extension):
    with pytest.raises(AssertionError):
        await check_extension(extension())


# ---- installed extensions

PLUGIN = """
from nexus_core.extensions import CallContext, Extension, method

class Plugin(Extension):
    name = "{name}"

    @method()
    async def hello(self, context: CallContext):
        "Greet."
        return "hello"

def broken():
    raise RuntimeError("no licence")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lay a package with an entry point where Python looks for packages."""

    def install(name: str, attribute: str = "Plugin") -> None:
        module = f"plugin_{name.replace('.', '_')}_{attribute}".lower()
        (tmp_path / f"{module}.py").write_text(PLUGIN.format(name=name))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[nexus.extensions]\n{name} = {module}:{attribute}\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))

    return install


async def test_an_installed_extension_is_found_by_its_entry_point(install):
    install("acme.greeter")
    registry = Registry.discover()
    assert "acme.greeter" in registry.names
    assert await registry.call("acme.greeter", "hello", [], CONTEXT) == "hello"


def test_a_given_extension_stands_before_an_installed_one(install):
    install("nexus.timer")
    registry = Registry.discover([TimerExtension()])
    assert [each.name for each in registry.methods("nexus.timer")] == ["sleep"]


def test_an_extension_that_cannot_be_loaded_stops_the_start_and_is_named(install):
    install("acme.broken", "broken")
    with pytest.raises(RuntimeError, match="no licence") as caught:
        Registry.discover()
    assert "acme.broken" in caught.value.__notes__[0]


# ---- the timer


async def test_a_handler_can_wait():
    assert await call("sleep", 1, extension="nexus.timer") is None


@pytest.mark.parametrize("ms", [-1, 60_001, "1", None, True])
async def test_a_wait_that_is_no_time_is_refused(ms):
    assert (await failure("sleep", ms, extension="nexus.timer"))[0] == "INVALID_ARGUMENTS"
