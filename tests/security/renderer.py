"""Attacks on the renderer, in a real browser: the figures R1 and R2.

The page of ``page/`` is built and served by a real kernel in the place of the studio, so under the
policy that panels are served with. It draws every attack with the renderer and, where the policy is
switched off, also with a naive one, which shows that the attacks are real.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NotRequired, TypedDict
from urllib.parse import urlsplit

from browsing import build_page
from playwright.sync_api import Browser, Page
from serving import Kernel

HERE = Path(__file__).parent

HARMLESS_TO_THE_NAIVE = {
    # Names that are no harm as such: what they reach in a registry is, and the naive one has none.
    *("type-object", "type-number", "Script", "custom-url", "ref"),
    # What it would show is the harm, which no count of events tells.
    *("css-position", "class-escape", "spoof-login", "bidi-label", "nul-prop", "target-opener"),
    # The browser refuses these by now, or wants a form around them.
    *("href-data", "href-blob", "href-vbs", "srcdoc", "svg-use", "expr-redos", "form-action"),
    # They name a value of the state, which is the harm; `payloads.json` has those values.
    *("dsih-bind", "href-bound", "computed-cycle", "iterate-1e7"),
}
"""Cases of the shared corpus from which nothing can be seen in the naive renderer."""

HANGS_THE_NAIVE = {"expr-loop", "depth-5000", "wide-100000"}
"""Cases that it does not survive, or not soon: they are not tried with it."""

LATEST_MS = 200.0
"""How long a case of the corpus may hold the page up."""


class Attack(TypedDict):
    """What the page draws: a payload that goes everywhere, or a node of the corpus."""

    id: str
    payload: NotRequired[object]
    turn: NotRequired[int]
    node: NotRequired[str]


class Outcome(TypedDict):
    """What came of an attack; see ``page/main.tsx``."""

    id: str
    broke: str | None
    forbidden: list[str]
    alert: str
    took: float


@dataclass
class Target:
    """The page in a browser, and what it asked for."""

    page: Page
    address: str
    asked: list[str] = field(default_factory=list[str])
    dialogs: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])

    def attack(self, renderer: str, attacks: Sequence[Attack]) -> list[Outcome]:
        """Draw the attacks, one after the other; what each does bears its number."""
        own = [_numbered(number, attack) for number, attack in enumerate(attacks)]
        return self.page.evaluate("([r, a]) => window.attack(r, a)", [renderer, own])

    def ran(self) -> set[int]:
        """Return the numbers of the attacks that ran, in the page or in a frame of it."""
        return {*self.page.evaluate("() => window.fired"), *map(int, self.dialogs)}

    def foreign(self) -> list[str]:
        """Return the addresses outside of the kernel that were asked for."""
        return [each for each in self.asked if not each.startswith((self.address, "data:"))]

    def control(self) -> str:
        """Draw an ordinary panel and press its button."""
        return self.page.evaluate("() => window.control()")

    def violations(self) -> list[str]:
        """Return what the policy has refused."""
        return self.page.evaluate("() => window.violations")


@contextmanager
def opened(browser: Browser, kernel: Kernel, *, policy: bool = True) -> Iterator[Target]:
    """Open the page; nothing leaves this machine, what it asks for is noted."""
    context = browser.new_context(bypass_csp=not policy)
    page = context.new_page()
    target = Target(page, kernel.url)
    context.on("request", lambda request: target.asked.append(request.url))
    context.on("page", lambda other: target.left.append(f"opened {other.url}"))
    context.route(
        lambda url: not url.startswith((kernel.url, "data:")), lambda route: route.abort()
    )
    page.goto(kernel.url + "/")
    page.wait_for_function("() => window.attack")
    page.on("dialog", lambda dialog: (target.dialogs.append(dialog.message), dialog.dismiss()))
    page.on("framenavigated", lambda frame: target.left.append(frame.url))
    page.on("pageerror", lambda error: target.said.append(str(error)))
    yield target
    context.close()


@contextmanager
def served(folder: Path) -> Iterator[Kernel]:
    """Build the page and serve it."""
    page = build_page(HERE / "page" / "vite.config.ts", folder / "page")
    with Kernel(folder / "data", NEXUS_STUDIO=str(page)) as kernel:
        yield kernel


# ---- what is drawn


def corpus() -> list[Attack]:
    """Return the hostile trees that are shared with others."""
    cases = json.loads((HERE / "ast.hostile.json").read_text())["cases"]
    return [{"id": case["id"], "node": case["node"]} for case in cases]


def payloads() -> list[Attack]:
    """Return the payloads that go everywhere."""
    named = json.loads((HERE / "payloads.json").read_text())["payloads"]
    return [{"id": name, "payload": payload} for name, payload in named.items()]


def mutants(random: Random, count: int) -> list[Attack]:
    """Return that many payloads that are others in disguise."""
    texts = [each["payload"] for each in payloads() if isinstance(each.get("payload"), str)]
    made: list[Attack] = []
    for number in range(count):
        text = str(random.choice(texts))
        for disguise in random.sample(_DISGUISES, random.randint(1, 3)):
            text = disguise(random, text)
        made.append({"id": f"mutant-{number}", "payload": text})
    return made


def _cased(random: Random, text: str) -> str:
    return "".join(random.choice((each.lower(), each.upper())) for each in text)


def _split(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice("\t\n\r\f\0\u200b\u202e\ufeff/ \\") + text[at:]


def _encoded(random: Random, text: str) -> str:
    at = random.randrange(len(text))
    code = ord(text[at])
    forms = (f"&#{code};", f"&#x{code:x}", f"%{code:02x}", f"\\u{code:04x}", f"\\{code:x} ")
    return text[:at] + random.choice(forms) + text[at + 1 :]


def _wrapped(random: Random, text: str) -> str:
    before, after = random.choice(
        (("{'", "'}"), ("{`", "`}"), ("<b title='", "'>"), ("[", "](x)"), ("`", "`"), ("${", "}"))
    )
    return before + text + after


def _twice(random: Random, text: str) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text + text[at:]


_DISGUISES = (_cased, _split, _encoded, _wrapped, _twice)


def _numbered(number: int, attack: Attack) -> Attack:
    """Return the attack with its number in what it runs and asks for."""
    text = re.sub(r"\b(fire|alert)\([01]\)", rf"\1({number})", json.dumps(attack))
    return json.loads(text.replace("evil.test", f"{number}.evil.test"))


# ---- the figures


Result = tuple[list[tuple[str, object]], list[str]]
"""What is printed, and what is amiss."""


def r1(browser: Browser, kernel: Kernel, random: Random, *, quick: bool) -> Result:
    """Draw every attack: nothing runs, nothing is asked for, nobody is led away."""
    everywhere = [*payloads(), *mutants(random, 4 if quick else 200)]
    if quick:
        everywhere = [{**each, "turn": turn} for turn, each in enumerate(everywhere)]
    attacks = [*corpus(), *everywhere]
    with opened(browser, kernel) as target:
        outcomes = target.attack("nexus", attacks)
        found = amiss(target, outcomes)
    # Without the policy: it is the second wall, not the first.
    with opened(browser, kernel, policy=False) as target:
        again = [*corpus(), *payloads()[:: 12 if quick else 1]]
        found += amiss(target, target.attack("nexus", again))
    with opened(browser, kernel, policy=False) as target:
        real = [each for each in corpus() if each["id"] not in HANGS_THE_NAIVE]
        real += payloads()[:: 3 if quick else 1]
        unreal = harmless(target, target.attack("naive", real))
    drawn = outcomes[: len(corpus())]
    slow = [each for each in drawn if each["took"] > LATEST_MS and not quick]
    found += [f"{each['id']} held the page up for {each['took']:.0f} ms" for each in slow]
    found += [f"{name} does a naive renderer no harm" for name in unreal - HARMLESS_TO_THE_NAIVE]
    return [
        ("cases of the shared corpus", len(corpus())),
        ("payloads, in every property of every component", len(payloads())),
        ("payloads in disguise", len(everywhere) - len(payloads())),
        ("longest of the corpus to draw", f"{max(each['took'] for each in drawn):.0f} ms"),
        ("do harm to a naive renderer", f"{len(real) - len(unreal)} of {len(real)}"),
    ], found


def amiss(target: Target, outcomes: Sequence[Outcome]) -> list[str]:
    """Say what the renderer let happen."""
    found = [f"{outcomes[number]['id']} ran" for number in sorted(target.ran())]
    for each in outcomes:
        if each["broke"]:
            found.append(f"{each['id']} broke what stands beside it: {each['broke']}")
        found += [f"{each['id']} drew {element[:200]}" for element in each["forbidden"]]
    found += [f"{address} was asked for" for address in target.foreign()]
    found += [f"led away: {place}" for place in target.left]
    found += [f"the page said {text}" for text in target.said]
    found += [f"the policy had to refuse {each}" for each in target.violations()]
    control = target.control()
    return found if control == CONTROL else [*found, f"afterwards an ordinary panel is {control}"]


CONTROL = "n is 1; bold; path"
"""What the control panel shows after its button was pressed."""


def harmless(target: Target, outcomes: Sequence[Outcome]) -> set[str]:
    """Return the attacks that did not even harm the naive renderer."""
    hosts = (urlsplit(address).hostname or "" for address in target.foreign())
    harmful = target.ran() | {int(host.partition(".")[0]) for host in hosts if host[:1].isdigit()}
    return {
        each["id"]
        for number, each in enumerate(outcomes)
        if number not in harmful and not each["broke"]
    }


def r2(browser: Browser, kernel: Kernel, *, quick: bool) -> Result:
    """Load the bundle under the served policy; draw trees that are far too much; go on."""
    too_much = [each for each in corpus() if str(each.get("node")).startswith("recipe:")]
    times = 1 if quick else 20
    with opened(browser, kernel) as target:
        answer = target.page.request.get(kernel.url + "/")
        policy = answer.headers["content-security-policy"]
        outcomes = target.attack("nexus", too_much * times)
        found = amiss(target, outcomes)
    found += [
        f"{each['id']} is no error card: {each['alert']}"
        for each in outcomes
        if each["id"] != "computed-cycle" and "cannot be drawn" not in each["alert"]
    ]
    if "script-src 'self';" not in policy:
        found.append(f"the policy is {policy}")
    return [
        ("policy", policy),
        *((each["id"], f"{each['took']:.0f} ms") for each in outcomes[: len(too_much)]),
    ], found
