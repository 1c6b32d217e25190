"""The pages of the benchmarks in Reflex: a counter, 100 labels, 300 rows, and a shared number."""

import reflex as rx

LABELS, ROWS, CHANGED_ROW = 100, 300, 250


def all_rows() -> list[dict[str, str | int]]:
    return [{"id": n, "name": f"Item {n}", "shelf": f"A{n % 9}", "stock": 0} for n in range(ROWS)]


class Counter(rx.State):
    n: int = 0

    @rx.event
    def add(self):
        self.n += 1


class Rows(rx.State):
    rows: list[dict[str, str | int]] = all_rows()

    @rx.event
    def add(self):
        self.rows[CHANGED_ROW]["stock"] += 1


class Shared(rx.SharedState):
    n: int = 0

    @rx.event
    async def join(self):
        await self._link_to("everybody")

    @rx.event
    def add(self):
        self.n += 1


def page_of(on_click, *shown: rx.Component) -> rx.Component:
    return rx.vstack(rx.button("Add", on_click=on_click), *shown)


def counter() -> rx.Component:
    return page_of(Counter.add, rx.text(Counter.n))


def labels() -> rx.Component:
    return page_of(Counter.add, *(rx.text(Counter.n, id=f"label{n}") for n in range(LABELS)))


def rows() -> rx.Component:
    return page_of(Rows.add, rx.table.root(rx.table.body(rx.foreach(Rows.rows, row))))


def row(each: rx.Var[dict[str, str | int]]) -> rx.Component:
    return rx.table.row(*(rx.table.cell(each[name]) for name in ("id", "name", "shelf", "stock")))


def shared() -> rx.Component:
    return page_of(Shared.add, rx.text(Shared.n))


app = rx.App()
app.add_page(counter, route="/counter")
app.add_page(labels, route="/labels")
app.add_page(rows, route="/rows")
app.add_page(shared, route="/shared", on_load=Shared.join)
