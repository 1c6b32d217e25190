"""Collect what is found in a panel: diagnostics and repairs.

Knows how a finding of the catalogue becomes a diagnostic with its place, hint and fix, and how
many are enough. What is wrong where is told by those who read the panel.
"""

from collections.abc import Mapping

from nexus_core.parser.catalogue import LIMIT_EXCEEDED, Finding, RepairCode
from nexus_core.parser.source import Source
from nexus_protocol.diagnostics import Diagnostic, Edit, Fix, Repair

_LONGEST_FACT = 120


class Mend:
    """A title, and the edits (start, end, text) that mend a finding; without any, none is sure."""

    __slots__ = ("edits", "title")

    def __init__(self, title: str, *edits: tuple[int, int, str]) -> None:
        self.title = title
        self.edits = edits

    def moved(self, distance: int) -> "Mend":
        """Return the same for a text that begins ``distance`` characters later."""
        edits = ((start + distance, end + distance, text) for start, end, text in self.edits)
        return Mend(self.title, *edits)


class Findings:
    """What was found in one source so far."""

    def __init__(self, source: Source, most: int, most_repairs: int | None = None) -> None:
        self.source = source
        self.most = most
        self._most_repairs = most if most_repairs is None else most_repairs
        self._diagnostics: dict[tuple[int, int, str], Diagnostic] = {}
        self._repairs: dict[tuple[int, str], tuple[int, str]] = {}
        """End and new text by start and code."""

    @property
    def full(self) -> bool:
        """Whether no more findings are told."""
        return len(self._diagnostics) >= self.most

    def add(
        self,
        finding: Finding,
        start: int,
        end: int,
        path: str = "",
        *,
        near: str | None = None,
        fix: Mend | None = None,
        **facts: object,
    ) -> None:
        """Tell a finding, as ``tell`` does, with the facts as keywords."""
        self.tell(finding, start, end, path, facts, near=near, fix=fix)

    def tell(
        self,
        finding: Finding,
        start: int,
        end: int,
        path: str,
        facts: Mapping[str, object],
        *,
        near: str | None = None,
        fix: Mend | None = None,
    ) -> None:
        """Tell a finding about the text from ``start`` to ``end``.

        Args:
            finding: what it is.
            start: offset where the offending text begins.
            end: offset after it.
            path: address of the node it stands in.
            facts: what fills its message and hint; ``wanted`` is also what was expected.
            near: the known name that was probably meant in place of exactly this text; becomes
                the hint and, unless another is given, the fix.
            fix: what certainly mends it.

        """
        if self.full:
            self._tell_once_that_there_are_more(start)
            return
        key = (start, end, finding.message)
        if key in self._diagnostics:
            return
        shown = {name: _clip(str(fact)) for name, fact in facts.items()}
        if near is not None and fix is None:
            fix = Mend(f"Replace it by {near}", (start, end, near))
        self._diagnostics[key] = Diagnostic(
            code=finding.code,
            severity=finding.severity,
            message=finding.message.format_map(shown),
            loc=self.source.span(start, end),
            path=path,
            found=_clip(self.source.text[start:end]) or None,
            expected=near or shown.get("wanted"),
            hint=f"Did you mean {near}?" if near else finding.hint.format_map(shown),
            fix=self._fix(fix) if fix and fix.edits else None,
        )

    def repair(self, code: RepairCode, start: int, end: int, after: str) -> None:
        """Record that the text from ``start`` to ``end`` was read as ``after``, without loss.

        Written there in its place, ``after`` gives the same panel without that slip. Who tells a
        repair again knows better: the one told last stands.
        """
        if len(self._repairs) < self._most_repairs:
            self._repairs[start, code] = end, after

    @property
    def too_many_repairs(self) -> bool:
        """Whether there were more repairs than are recorded, or just as many."""
        return len(self._repairs) >= self._most_repairs

    def forget_from(self, place: int) -> None:
        """Forget what was found last and begins at a place or after it."""
        for found in (self._diagnostics, self._repairs):
            while found and next(reversed(found))[0] >= place:
                found.popitem()

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics in the order of the source."""
        return tuple(found for _, found in sorted(self._diagnostics.items()))

    def repairs(self) -> tuple[Repair, ...]:
        """Return the repairs in the order of the source."""
        source = self.source
        return tuple(
            Repair(
                code=code, loc=source.span(start, end), before=source.text[start:end], after=after
            )
            for (start, code), (end, after) in sorted(self._repairs.items())
        )

    def repaired(self) -> str:
        """Return the source with the repairs written into it.

        Of repairs that overlap only the first is; the others are found again in the new source.
        """
        text = self.source.text
        parts: list[str] = []
        position = 0
        for (start, _), (end, after) in sorted(self._repairs.items()):
            if start >= position:
                parts.extend((text[position:start], after))
                position = end
        return "".join((*parts, text[position:]))

    def _fix(self, mend: Mend) -> Fix:
        edits = (
            Edit(loc=self.source.span(start, end), text=text) for start, end, text in mend.edits
        )
        return Fix(title=mend.title, edits=tuple(edits))

    def _tell_once_that_there_are_more(self, start: int) -> None:
        key = (len(self.source.text), 0, "more")
        self._diagnostics.setdefault(
            key,
            Diagnostic(
                code=LIMIT_EXCEEDED.code,
                severity=LIMIT_EXCEEDED.severity,
                message=f"There are more than {self.most} findings; the others are not listed.",
                loc=self.source.span(start, start),
                hint="Mend these first.",
            ),
        )


class Unheard(Findings):
    """Findings that nobody reads: they are counted, so that they end where others would end."""

    def __init__(self, source: Source, most: int) -> None:
        super().__init__(source, most)
        self._told = 0

    @property
    def full(self) -> bool:
        """Whether as many were told as others would keep."""
        return self._told >= self.most

    def tell(
        self,
        finding: Finding,
        start: int,
        end: int,
        path: str,
        facts: Mapping[str, object],
        *,
        near: str | None = None,
        fix: Mend | None = None,
    ) -> None:
        """Count a finding."""
        self._told += 1

    def repair(self, code: str, start: int, end: int, after: str) -> None:
        """Forget a repair."""


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST_FACT else text[: _LONGEST_FACT - 1] + "…"
