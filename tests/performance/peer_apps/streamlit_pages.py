"""The pages of the benchmarks in Streamlit: 100 labels, or 300 rows, by ``?page=``."""

import streamlit as st

LABELS, ROWS, CHANGED_ROW = 100, 300, 250


def labels() -> None:
    value = st.session_state.setdefault("n", 0)
    for _ in range(LABELS):
        st.text(value)


def rows() -> None:
    table = st.session_state.setdefault(
        "rows",
        [{"id": n, "name": f"Item {n}", "shelf": f"A{n % 9}", "stock": 0} for n in range(ROWS)],
    )
    st.table(table)


def add() -> None:
    if "n" in st.session_state:
        st.session_state.n += 1
    else:
        st.session_state.rows[CHANGED_ROW]["stock"] += 1


st.button("Add", on_click=add)
labels() if st.query_params.get("page") == "labels" else rows()
