"""Reflex's settings for the pages of the benchmarks."""

import reflex as rx

config = rx.Config(
    app_name="pages",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[rx.plugins.RadixThemesPlugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
