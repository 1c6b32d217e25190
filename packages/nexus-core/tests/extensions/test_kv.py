"""``nexus.kv`` on the stores that come with the core."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core import Panel
from nexus_core.extensions import (
    CallContext,
    ExtensionError,
    KvExtension,
    KvLimits,
    MemoryStore,
    Registry,
    SqliteStore,
)
from nexus_core.testing import check_extension, check_store

pytestmark = pytest.mark.requirement("run.extensions")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, tmp_path, clock):
    made = MemoryStore(clock) if request.param == "memory" else SqliteStore(tmp_path / "kv", clock)
    yield made
    await made.close()


@pytest.fixture
def call(store, clock):
    return caller(KvExtension(store, clock=clock))


def caller(extension):
    registry = Registry([extension])

    async def call(method, *args, workspace="w", panel="notes"):
        context = CallContext(panel, "t", None, "e", workspace=workspace)
        return await registry.call("nexus.kv", method, args, context)

    return call


async def refused(call) -> str:
    with pytest.raises(ExtensionError) as caught:
        await call
    return caught.value.code.name


async def test_a_store_keeps_its_promises(store):
    await check_store(store)


async def test_it_keeps_the_contract(store):
    examples = {
        "get": ["a"],
        "set": ["a", {"b": [1]}],
        "delete": ["a"],
        "list": ["", {"limit": 2}],
        "increment": ["n"],
        "compareAndSet": ["c", None, None],
    }
    await check_extension(KvExtension(store), examples)


@pytest.mark.parametrize("value", [None, 0, -1.5, "", "é\U0001f600", [], {"a": {"b": [True]}}])
async def test_a_value_comes_back_as_it_was_set(call, value):
    assert await call("set", "key", value) is None
    assert await call("get", "key", "default") == value


async def test_a_key_that_is_not_there_gives_null_or_the_default(call):
    assert await call("get", "key") is None
    assert await call("get", "key", 7) == 7


async def test_panels_of_a_workspace_share_it_and_workspaces_do_not(call):
    await call("set", "key", 1, panel="a")
    assert await call("get", "key", panel="b") == 1
    assert await call("get", "key", workspace="other") is None


async def test_deleting_tells_whether_there_was_anything(call):
    await call("set", "key", 1)
    assert [await call("delete", "key") for _ in range(2)] == [True, False]


async def test_a_list_goes_through_the_keys_page_by_page(call):
    for key in ("b/2", "a/1", "b/1", "b/3", "c"):
        await call("set", key, key)
    first = await call("list", "b/", {"limit": 2})
    assert first == {
        "items": [{"key": "b/1", "value": "b/1"}, {"key": "b/2", "value": "b/2"}],
        "nextCursor": "b/2",
    }
    second = await call("list", "b/", {"after": first["nextCursor"], "limit": 2})
    assert second == {"items": [{"key": "b/3", "value": "b/3"}], "nextCursor": None}


async def test_a_page_of_large_values_ends_before_it_is_too_long(call):
    for number in range(40):
        await call("set", f"{number:02}", "x" * 60_000)
    keys, cursor = [], ""
    while cursor is not None:
        page = await call("list", "", {"after": cursor})
        assert 0 < len(page["items"]) < 20
        keys += [each["key"] for each in page["items"]]
        cursor = page["nextCursor"]
    assert keys == [f"{number:02}" for number in range(40)]


async def test_increments_that_come_at_once_are_all_counted(call):
    await asyncio.gather(*(call("increment", "n") for _ in range(50)))
    assert await call("increment", "n", -0.5) == 49.5


@pytest.mark.parametrize("value", ["1", None, True, [1]])
async def test_what_is_no_number_is_not_incremented(call, value):
    await call("set", "n", value)
    assert await refused(call("increment", "n")) == "CONFLICT"


async def test_a_sum_beyond_what_numbers_carry_is_refused(call):
    await call("set", "n", 2**53 - 1)
    assert await refused(call("increment", "n")) == "RESOURCE_LIMIT"
    assert await call("get", "n") == 2**53 - 1


async def test_comparing_and_setting_changes_only_what_was_expected(call):
    assert await call("compareAndSet", "key", None, {"a": 1, "b": 2}) is True
    assert await call("compareAndSet", "key", None, 3) is False
    assert await call("compareAndSet", "key", {"b": 2.0, "a": 1}, 3) is True
    assert await call("compareAndSet", "key", True, 4) is False
    assert await call("get", "key") == 3


async def test_of_many_that_compare_and_set_one_wins(call):
    won = await asyncio.gather(*(call("compareAndSet", "k", None, n) for n in range(1, 21)))
    assert sum(won) == 1
    assert await call("get", "k") == won.index(True) + 1


async def test_a_value_is_gone_after_its_time(call, clock):
    await call("set", "key", 1, {"ttlSeconds": 60})
    clock.now += 59.9
    assert await call("get", "key") == 1
    clock.now += 0.2
    assert await call("get", "key") is None
    assert (await call("list"))["items"] == []
    assert await call("compareAndSet", "key", None, 2) is True


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["", 1], "INVALID_ARGUMENTS"),
        (["é" * 257, 1], "INVALID_ARGUMENTS"),
        ([7, 1], "INVALID_ARGUMENTS"),
        (["key"], "INVALID_ARGUMENTS"),
        (["key", 1, {"ttlSeconds": 0}], "INVALID_ARGUMENTS"),
        (["key", 1, {"ttl": 1}], "INVALID_ARGUMENTS"),
        (["key", "x" * (64 << 10)], "RESOURCE_LIMIT"),
    ],
)
async def test_what_may_not_be_stored_is_refused(call, args, code):
    assert await refused(call("set", *args)) == code
    assert (await call("list"))["items"] == []


async def test_a_key_may_be_as_long_as_the_limit(call):
    await call("set", "é" * 256, 1)
    assert await call("get", "é" * 256) == 1


async def test_a_workspace_has_so_many_keys_and_so_many_bytes(store):
    call = caller(KvExtension(store, limits=KvLimits(keys=2, total_bytes=100)))
    await call("set", "a", "x" * 80)
    await call("set", "b", 1)
    assert await refused(call("set", "c", 1)) == "RESOURCE_LIMIT"
    assert await refused(call("increment", "c")) == "RESOURCE_LIMIT"
    assert await refused(call("set", "b", "x" * 16)) == "RESOURCE_LIMIT"
    await call("set", "b", "x" * 14)
    await call("set", "a", "x" * 10)
    await call("set", "c", 1, workspace="other")
    await call("delete", "a")
    await call("set", "c", "x" * 70)


async def test_a_panel_may_use_the_keys_that_are_opened_to_it(store):
    scopes = {"billing-*": ["billing/"], "*": ["shared/"]}
    call = caller(KvExtension(store, scopes=scopes))
    await call("set", "billing/1", 1, panel="billing-eu")
    await call("set", "shared/1", 1, panel="notes")
    for method, *args in (["get", "billing/1"], ["list", ""], ["list", "b"], ["delete", "x"]):
        assert await refused(call(method, *args, panel="notes")) == "PERMISSION_DENIED"
    assert len((await call("list", "billing/", panel="billing-eu"))["items"]) == 1


async def test_a_file_outlives_its_store(tmp_path):
    for expected in (None, 1, 2):
        store = SqliteStore(tmp_path / "kv.db")
        call = caller(KvExtension(store))
        assert await call("get", "n") == expected
        await call("increment", "n")
        await store.close()


KEYS = st.sampled_from(["a", "b", "é"])
STEPS = st.one_of(
    st.tuples(st.just("get"), KEYS),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("set"), KEYS, st.sampled_from([None, 1, "x", [2]])),
    st.tuples(st.just("increment"), KEYS, st.integers(-3, 3)),
    st.tuples(st.just("compareAndSet"), KEYS, st.sampled_from([None, 1]), st.just(5)),
    st.tuples(st.just("list")),
)


@given(st.lists(STEPS, max_size=30))
def test_both_stores_answer_alike(steps):
    async def run(store) -> list[object]:
        call, answers = caller(KvExtension(store)), []
        for method, *args in steps:
            try:
                answers.append(await call(method, *args))
            except ExtensionError as error:
                answers.append(error.code)
        await store.close()
        return answers

    async def both() -> None:
        assert await run(MemoryStore()) == await run(SqliteStore(":memory:"))

    asyncio.run(both())


async def test_handlers_share_what_they_keep(store):
    source = """<NexusPanel><Data/><Logic><Extension name="nexus.kv"/>
      <Tool name="keep"><Handler>
        await $ext.kv.set("draft/1", { text: "hello" });
        await Promise.all([1, 2, 3].map(() => $ext.kv.increment("visits")));
        return [await $ext.kv.get("visits"), (await $ext.kv.list("draft/")).items];
      </Handler></Tool></Logic>
      <View><Layout><Button label="Keep" trigger="keep"/></Layout></View></NexusPanel>"""
    async with Panel.open(source, extensions=[KvExtension(store)]) as panel:
        execution = await panel.call("keep")
    assert execution.value == [3, [{"key": "draft/1", "value": {"text": "hello"}}]]
