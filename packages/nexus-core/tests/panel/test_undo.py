"""Taking changes back, going back in time, and starting where an earlier run left off."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from nexus_core import Panel, PanelError
from nexus_core.changes import apply_ops
from nexus_core.journal import MemoryJournal
from nexus_core.ledger import Ledger
from nexus_core.testing.changes import STATES, change_sets
from nexus_core.undo import last_done, last_undone, take_back, take_back_to
from nexus_protocol import ErrorCode
from nexus_protocol.patches import Cause

pytestmark = pytest.mark.requirement("run.changes")

TODOS = """
<NexusPanel title="Todos">
  <Data>
    <State name="todos" type="list" default="[]"/>
    <State name="filter" type="string" default="all"/>
    <State name="log" type="list" default="[]"/>
    <Computed name="open" value="{$state.todos.filter(t => !t.done).length}"/>
  </Data>
  <Logic>
    <Tool name="add">
      <Arg name="text"/>
      <Handler>$state.todos.push({ text: $args.text, done: false });</Handler>
    </Tool>
    <Tool name="check">
      <Arg name="at" type="number"/>
      <Handler>$state.todos[$args.at].done = true;</Handler>
    </Tool>
    <Tool name="drop">
      <Arg name="at" type="number"/>
      <Handler>$state.todos.splice($args.at, 1);</Handler>
    </Tool>
  </Logic>
</NexusPanel>
"""


def texts(panel: Panel) -> str:
    """Return the todos in one text: a letter each, checked ones in capitals."""
    return "".join(t["text"].upper() if t["done"] else t["text"] for t in panel.state["todos"])


async def with_todos(panel: Panel, letters: str) -> None:
    for letter in letters:
        await panel.call("add", {"text": letter})


async def test_undoing_again_and_again_goes_further_back_and_redoing_comes_forth():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "abc")
        seen = []
        for step in (panel.undo, panel.undo, panel.redo, panel.redo, panel.undo):
            await step()
            seen.append(texts(panel))
        assert seen == ["ab", "a", "ab", "abc", "ab"]


async def test_an_undo_is_a_change_that_says_what_it_takes_back():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "ab")
        changes = panel.changes()
        assert await panel.undo(cause_id="request", user="ann") == 3
        change = await anext(changes)
        assert change.cause == Cause(kind="undo", id="request", user="ann", undoes=(2,))
        assert [(op.op, op.path) for op in change.ops] == [("remove", "/todos/1")]


async def test_one_change_is_taken_back_and_what_came_after_it_stays():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "abcd")
        await panel.call("check", {"at": 2})
        await panel.call("drop", {"at": 0})
        await panel.undo(2)
        assert texts(panel) == "Cd"
        await panel.undo(6)
        assert texts(panel) == "aCd"


async def test_a_change_whose_place_has_changed_since_is_a_conflict_and_nothing_changes():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "ab")
        await panel.call("check", {"at": 1})
        before = panel.state
        with pytest.raises(PanelError, match="/todos/1/done has changed since, at revision 3") as e:
            await panel.undo(2)
        assert (e.value.code, panel.state is before, panel.rev) == (ErrorCode.CONFLICT, True, 3)


async def test_what_was_edited_is_taken_back_once_the_edit_is():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "a")
        await panel.call("check", {"at": 0})
        await panel.undo()
        await panel.undo()
        assert panel.state["todos"] == []


async def test_a_change_is_taken_back_once():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "ab")
        await panel.undo(1)
        with pytest.raises(PanelError, match="revision 3 has taken it back already") as caught:
            await panel.undo(1)
        assert caught.value.code is ErrorCode.CONFLICT
        await panel.undo(3)
        assert texts(panel) == "ab"
        await panel.undo(1)
        assert texts(panel) == "b"


@pytest.mark.parametrize("rev", [-1, 0, 3, 99])
async def test_what_never_was_cannot_be_taken_back(rev):
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "ab")
        with pytest.raises(PanelError) as caught:
            await panel.undo(rev)
        assert (caught.value.code, panel.rev) == (ErrorCode.NOT_FOUND, 2)


async def test_where_nothing_was_done_there_is_nothing_to_undo_or_redo():
    async with Panel.open(TODOS) as panel:
        for step, what in ((panel.undo, "undo"), (panel.redo, "redo")):
            with pytest.raises(PanelError, match=f"there is nothing to {what}"):
                await step()


async def test_the_whole_state_goes_back_to_a_revision_and_returns():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "abc")
        await panel.call("check", {"at": 0})
        await panel.set("/filter", "open")
        await panel.undo_to(1)
        assert (texts(panel), panel.state["filter"], panel.rev) == ("a", "all", 6)
        await panel.redo()
        assert (texts(panel), panel.state["filter"]) == ("Abc", "open")


async def test_an_undo_does_not_bring_back_what_is_no_longer_declared():
    async with Panel.open(TODOS) as panel:
        await panel.set("/filter", "open")
        without = TODOS.replace('<State name="filter" type="string" default="all"/>', "")
        assert (await panel.reload(without)).ok
        for back in (panel.undo(1), panel.undo_to(0), panel.undo(2)):
            with pytest.raises(PanelError) as caught:
                await back
            assert caught.value.code is ErrorCode.CONFLICT
        assert "filter" not in panel.state


async def test_more_than_can_be_compared_is_a_conflict():
    many = """
    <Tool name="spread"><Handler>
      for (let i = 0; i < 2000; i++) $state.log[i] = { n: i, text: "x".repeat(99) };
    </Handler></Tool>
    <Tool name="touch"><Handler>
      $state.log.forEach((each, i) => { if (i % 3 == 0) each.n += 1; });
    </Handler></Tool>
    <Tool name="other"><Handler>
      $state.todos.forEach((each, i) => { if (i % 3 == 0) each.done = true; });
    </Handler></Tool>
  </Logic>"""
    todos = [{"text": "x" * 99, "done": False}] * 2000
    async with Panel.open(TODOS.replace("</Logic>", many), state={"todos": todos}) as panel:
        for tool in ("spread", "touch", "other"):
            execution = await panel.call(tool)
            assert execution.ok
        assert len(execution.patches) > 600
        with pytest.raises(PanelError, match="too much has changed since") as caught:
            await panel.undo(2)
        assert caught.value.code is ErrorCode.CONFLICT


@pytest.mark.requirement("run.replay")
async def test_the_state_at_an_earlier_revision_can_be_read():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "ab")
        states = [await panel.at(rev) for rev in range(3)]
        assert [len(state["todos"]) for state in states] == [0, 1, 2]
        assert (await panel.snapshot(1)).computed == {"open": 1}
        with pytest.raises(PanelError) as caught:
            await panel.at(3)
        assert caught.value.code is ErrorCode.NOT_FOUND


async def test_what_a_journal_has_forgotten_cannot_be_taken_back():
    journal = MemoryJournal(remembered=2)
    panel = await Panel.start(TODOS, journal=journal)
    await with_todos(panel, "abcd")
    await panel.undo(4)
    with pytest.raises(PanelError) as caught:
        await panel.undo(2)
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert len(journal.changes) == 2
    await panel.stop()


@pytest.mark.requirement("run.state")
async def test_a_snapshot_opens_a_panel_where_it_was():
    async with Panel.open(TODOS) as panel:
        await with_todos(panel, "ab")
        snapshot = await panel.snapshot()
        await with_todos(panel, "c")
    async with Panel.open(TODOS, snapshot=snapshot) as again:
        assert (texts(again), again.rev, again.computed) == ("ab", 2, {"open": 2})
        assert await again.snapshot() == snapshot
        await with_todos(again, "d")
        await again.undo()
        assert (texts(again), again.rev) == ("ab", 4)


async def committed(state, count, data) -> tuple[Ledger, list[dict]]:
    """Return a ledger with drawn changes, and its state at each revision."""
    ledger = Ledger(state, 0, MemoryJournal())
    states = [ledger.state]
    while ledger.rev < count:
        ops = data.draw(change_sets(ledger.state, most=3).filter(bool))
        await ledger.commit(ops, Cause(kind="binding"))
        states.append(ledger.state)
    return ledger, states


@settings(max_examples=200, deadline=None)
@given(state=STATES, data=st.data())
async def test_taking_the_last_change_back_gives_the_state_before_it(state, data):
    ledger, states = await committed(state, 3, data)
    undoing = await take_back(ledger, 3)
    assert apply_ops(ledger.state, undoing.ops) == states[2]


@settings(max_examples=200, deadline=None)
@given(state=STATES, data=st.data(), rev=st.integers(0, 4))
async def test_going_back_to_a_revision_gives_its_state(state, data, rev):
    ledger, states = await committed(state, 4, data)
    undoing = await take_back_to(ledger, rev)
    assert apply_ops(ledger.state, undoing.ops) == states[rev]


@settings(max_examples=200, deadline=None)
@given(state=STATES, data=st.data(), rev=st.integers(1, 4))
async def test_an_undo_that_is_undone_leaves_everything_as_it_was(state, data, rev):
    ledger, _ = await committed(state, 4, data)
    before = ledger.state
    try:
        undoing = await take_back(ledger, rev)
    except PanelError as error:
        event(str(error))
        return
    event("independent")
    await ledger.commit(undoing.ops, Cause(kind="undo", undoes=undoing.undoes))
    again = await take_back(ledger, ledger.rev)
    assert apply_ops(ledger.state, again.ops) == before


async def undone(ledger: Ledger, rev: int) -> None:
    undoing = await take_back(ledger, rev)
    await ledger.commit(undoing.ops, Cause(kind="undo", undoes=undoing.undoes))


@settings(max_examples=200, deadline=None)
@given(state=STATES, data=st.data())
async def test_undo_and_redo_go_up_and_down_a_stack_of_states(state, data):
    ledger = Ledger(state, 0, MemoryJournal())
    stack, at = [state], 0
    for _ in range(data.draw(st.integers(1, 10))):
        can = ["do"] + ["undo"] * (at > 0) + ["redo"] * (at < len(stack) - 1)
        match data.draw(st.sampled_from(can)):
            case "do":
                ops = data.draw(change_sets(ledger.state, most=3).filter(bool))
                await ledger.commit(ops, Cause(kind="binding"))
                stack, at = [*stack[: at + 1], ledger.state], at + 1
            case "undo":
                await undone(ledger, await last_done(ledger))
                at -= 1
            case _:
                await undone(ledger, await last_undone(ledger))
                at += 1
        assert ledger.state == stack[at]
