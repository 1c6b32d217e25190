"""The pages of the benchmarks in NiceGUI: a counter, 100 labels, 300 rows, and a shared number.

    python nicegui_pages.py PORT

A ``ui.table`` is sent whole when a row changes. A table of single elements would send the one that
changed, and take the better part of a second of the server to open.
"""

import sys

from nicegui import Event, ui

LABELS, ROWS, CHANGED_ROW = 100, 300, 250

shared = {"n": 0}
changed = Event[int]()


def add_button(on_click) -> None:
    ui.button("Add", on_click=on_click)


@ui.page("/counter")
def counter() -> None:
    labels(count=1)


@ui.page("/labels")
def labels(count: int = LABELS) -> None:
    value = {"n": 0}

    def add() -> None:
        value["n"] += 1
        for shown in each:
            shown.set_text(str(value["n"]))

    add_button(add)
    each = [ui.label("0").props(f"id=label{n}") for n in range(count)]


@ui.page("/rows")
def rows() -> None:
    def add() -> None:
        table.rows[CHANGED_ROW]["stock"] += 1
        table.update()

    add_button(add)
    table = ui.table(rows=[row(n) for n in range(ROWS)], row_key="id")


def row(n: int) -> dict[str, object]:
    return {"id": n, "name": f"Item {n}", "shelf": f"A{n % 9}", "stock": 0}


@ui.page("/shared")
def one_for_all() -> None:
    def add() -> None:
        shared["n"] += 1
        changed.emit(shared["n"])

    add_button(add)
    shown = ui.label(str(shared["n"]))
    changed.subscribe(lambda n: shown.set_text(str(n)))


ui.run(
    host="127.0.0.1",
    port=int(sys.argv[1]),
    reload=False,
    show=False,
    show_welcome_message=False,
    uvicorn_logging_level="error",
    # Pings every 24 seconds: with the 4 of the default, a busy server loses those who wait.
    reconnect_timeout=30,
)
