"""Other engines for JavaScript, each run as the sandbox runs handlers: nothing used before.

A peer is made once, and then runs a function of JavaScript with texts in a context of its own and
returns the text that it gives. `host(n)` in it is a function of Python, or of Node for `node:vm`.
"""

import contextlib
import importlib
import json
import subprocess
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

Run = Callable[[str, list[str]], str]
"""Runs the source of a function with texts."""

NODE = """
const vm = require("node:vm");
require("node:readline").createInterface({ input: process.stdin }).on("line", line => {
  const { code, texts } = JSON.parse(line);
  const context = vm.createContext({ host: n => n + 1 });
  process.stdout.write(JSON.stringify(vm.runInContext(`(${code})`, context)(...texts)) + "\\n");
});
"""


def host(number: float) -> float:
    """Do what is asked of the host."""
    return number + 1


def call(code: str, texts: list[str]) -> str:
    """Return a script that calls a function, for engines that are given scripts only."""
    return f"({code})({', '.join(map(json.dumps, texts))})"


@contextlib.contextmanager
def native_quickjs() -> Iterator[Run]:
    quickjs = _imported("quickjs")

    def run(code: str, texts: list[str]) -> str:
        context = quickjs.Context()
        context.add_callable("host", host)
        return context.eval(f"({code})")(*texts)

    yield run


@contextlib.contextmanager
def quickjs_rs() -> Iterator[Run]:
    quickjs = _imported("quickjs_rs")

    def run(code: str, texts: list[str]) -> str:
        with quickjs.Runtime() as runtime, runtime.new_context() as context:
            context.register("host", host)
            return context.eval(call(code, texts))

    yield run


@contextlib.contextmanager
def mini_racer() -> Iterator[Run]:
    racer = _imported("py_mini_racer")

    def run(code: str, texts: list[str]) -> str:
        if "host(" in code:
            raise NotImplementedError("its functions of Python need an event loop")
        context = racer.MiniRacer()
        try:
            return context.eval(call(code, texts))
        finally:
            context.close()

    yield run


@contextlib.contextmanager
def jsrun() -> Iterator[Run]:
    runtimes = _imported("jsrun")

    def run(code: str, texts: list[str]) -> str:
        runtime = runtimes.Runtime()
        try:
            runtime.bind_function("host", host)
            return runtime.eval(call(code, texts))
        finally:
            runtime.close()

    yield run


@contextlib.contextmanager
def node_vm() -> Iterator[Run]:
    """One process for all; each run has a context of its own in it."""
    try:
        process = subprocess.Popen(
            ["node", "-e", NODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    except FileNotFoundError:
        raise ImportError("node") from None
    talk: Any = process

    def run(code: str, texts: list[str]) -> str:
        talk.stdin.write(json.dumps({"code": code, "texts": texts}) + "\n")
        talk.stdin.flush()
        return json.loads(talk.stdout.readline())

    try:
        yield run
    finally:
        talk.stdin.close()
        process.wait()
        talk.stdout.close()


QUICKJS_RS, V8, DENO = "quickjs-rs (Wasmtime)", "mini-racer (V8)", "jsrun (V8)"
NATIVE, NODE_VM = "native quickjs-ng", "node:vm (V8)"
PEERS: dict[str, Callable[[], contextlib.AbstractContextManager[Run]]] = {
    NATIVE: native_quickjs,
    QUICKJS_RS: quickjs_rs,
    V8: mini_racer,
    DENO: jsrun,
    NODE_VM: node_vm,
}
ISOLATING = (QUICKJS_RS, V8, DENO)
"""A native context is no wall, nor is `node:vm`, as its own documentation says."""


def available(stack: contextlib.ExitStack) -> tuple[dict[str, Run], list[str]]:
    """Return the peers that are installed, and the names of those that are not."""
    found, missing = dict[str, Run](), list[str]()
    for name, make in PEERS.items():
        try:
            found[name] = stack.enter_context(make())
        except ImportError:
            missing.append(name)
    return found, missing


def _imported(name: str) -> ModuleType:
    return importlib.import_module(name)
