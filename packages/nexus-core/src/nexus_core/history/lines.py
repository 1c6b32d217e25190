"""What differs between two texts, line by line, and what becomes of two changes of one text.

Differences are found with Myers' greedy algorithm, and the effort is bounded: texts that have
little in common are told apart as a whole rather than examined for minutes. Bytes are lines here
and nothing more; what encoding they have is not known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_EDITS: Final = 1500
"""Lines removed and added, after which two texts count as different throughout."""

CONTEXT: Final = 3

Lines: TypeAlias = Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Edit:
    """The lines ``[begin, end)`` of the old text became ``[new_begin, new_end)`` of the new."""

    begin: int
    end: int
    new_begin: int
    new_end: int


def split(text: bytes) -> list[bytes]:
    """Return the lines of a text with their ends; only a line feed ends one, as for git."""
    lines = text.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def edits(old: Lines, new: Lines) -> list[Edit]:
    """Return how one text becomes the other, in order; neighbouring changes are one."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = _script(old[head : len(old) - tail], new[head : len(new) - tail])
    return [
        Edit(each.begin + head, each.end + head, each.new_begin + head, each.new_end + head)
        for each in middle
    ]


def _common(one: Lines, other: Lines) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _script(old: Lines, new: Lines) -> list[Edit]:
    if not old and not new:
        return []
    steps = _shortest(old, new)
    if steps is None:
        return [Edit(0, len(old), 0, len(new))]
    return list(_joined(steps))


def _shortest(old: Lines, new: Lines) -> list[tuple[int, int, int, int]] | None:
    """Return the single steps (x, y) → (x', y') of a shortest way, or None when it is too long."""
    furthest: dict[int, int] = {1: 0}
    rounds: list[dict[int, int]] = []
    for distance in range(min(len(old) + len(new), MAX_EDITS) + 1):
        rounds.append(dict(furthest) if distance == 0 else _copy(furthest, distance))
        for diagonal in range(-distance, distance + 1, 2):
            x = _step(furthest, diagonal, distance)
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _way_back(rounds, len(old), len(new))
    return None


def _copy(furthest: dict[int, int], distance: int) -> dict[int, int]:
    """Keep what the next round reads: every other diagonal."""
    return {diagonal: furthest[diagonal] for diagonal in range(-distance + 1, distance, 2)}


def _step(furthest: dict[int, int], diagonal: int, distance: int) -> int:
    if _goes_down(furthest, diagonal, distance):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _goes_down(furthest: dict[int, int], diagonal: int, distance: int) -> bool:
    return diagonal == -distance or (
        diagonal != distance and furthest[diagonal - 1] < furthest[diagonal + 1]
    )


def _way_back(rounds: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, int, int]]:
    steps: list[tuple[int, int, int, int]] = []
    for distance in range(len(rounds) - 1, 0, -1):
        furthest = rounds[distance]
        diagonal = x - y
        down = _goes_down(furthest, diagonal, distance)
        before = diagonal + 1 if down else diagonal - 1
        from_x = furthest[before]
        from_y = from_x - before
        steps.append((from_x, from_y, from_x + (not down), from_y + down))
        x, y = from_x, from_y
    return steps[::-1]


def _joined(steps: list[tuple[int, int, int, int]]) -> Iterator[Edit]:
    current: Edit | None = None
    for x, y, to_x, to_y in steps:
        if current is not None and (current.end, current.new_end) == (x, y):
            current = Edit(current.begin, to_x, current.new_begin, to_y)
            continue
        if current is not None:
            yield current
        current = Edit(x, to_x, y, to_y)
    if current is not None:
        yield current


# ---- as text


def unified(old: bytes, new: bytes, old_name: str, new_name: str) -> str:
    """Return the differences as a unified diff that stock tools apply; empty when there are none.

    Args:
        old: The text before.
        new: The text after.
        old_name: What the first line calls the text before.
        new_name: What the second line calls the text after.

    """
    before, after = split(old), split(new)
    hunks = [_hunk(group, before, after) for group in _groups(edits(before, after))]
    if not hunks:
        return ""
    text = b"".join(line for hunk in hunks for line in hunk)
    return f"--- {old_name}\n+++ {new_name}\n" + text.decode("utf-8", "replace")


def _groups(changes: list[Edit]) -> list[list[Edit]]:
    """Put changes together whose context would touch."""
    groups: list[list[Edit]] = []
    for each in changes:
        if groups and each.begin - groups[-1][-1].end <= 2 * CONTEXT:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _hunk(group: list[Edit], before: Lines, after: Lines) -> Iterator[bytes]:
    begin = max(0, group[0].begin - CONTEXT)
    end = min(len(before), group[-1].end + CONTEXT)
    new_begin = group[0].new_begin - (group[0].begin - begin)
    new_end = group[-1].new_end + (end - group[-1].end)
    yield f"@@ -{_range(begin, end)} +{_range(new_begin, new_end)} @@\n".encode()
    at = begin
    for each in group:
        yield from _marked(b" ", before[at : each.begin])
        yield from _marked(b"-", before[each.begin : each.end])
        yield from _marked(b"+", after[each.new_begin : each.new_end])
        at = each.end
    yield from _marked(b" ", before[at:end])


def _range(begin: int, end: int) -> str:
    count = end - begin
    first = begin + 1 if count else begin
    return f"{first}" if count == 1 else f"{first},{count}"


def _marked(mark: bytes, lines: Lines) -> Iterator[bytes]:
    for line in lines:
        yield mark + line
        if not line.endswith(b"\n"):
            yield b"\n\\ No newline at end of file\n"


# ---- together


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Return a text with both changes in it, or None when they touch each other.

    Two changes that do the same to the same lines are one; changes of neighbouring lines touch, as
    they do for git. Where lines repeat, it can be said in several ways what a change did: only what
    comes out the same when it is read from the end is taken for certain.
    """
    texts = split(base), split(ours), split(theirs)
    merged = _merged(*texts)
    if merged is None or merged != _from_the_end(*texts):
        return None
    return b"".join(merged)


def _from_the_end(base: Lines, ours: Lines, theirs: Lines) -> list[bytes] | None:
    merged = _merged(base[::-1], ours[::-1], theirs[::-1])
    return None if merged is None else merged[::-1]


def _merged(base: Lines, ours: Lines, theirs: Lines) -> list[bytes] | None:
    changes = [(each, text) for text in (ours, theirs) for each in edits(base, text)]
    changes.sort(key=lambda change: (change[0].begin, change[0].end))
    merged: list[bytes] = []
    done: tuple[int, int, Lines] | None = None
    at = 0
    for edit, text in changes:
        change = (edit.begin, edit.end, text[edit.new_begin : edit.new_end])
        if change == done:
            continue
        if done is not None and edit.begin <= at:
            return None
        merged += [*base[at : edit.begin], *change[2]]
        at, done = edit.end, change
    return [*merged, *base[at:]]


__all__ = ["MAX_EDITS", "Edit", "edits", "merge", "split", "unified"]
