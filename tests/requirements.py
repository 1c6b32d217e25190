"""Every behaviour that Nexus promises: its id, how far it is, which document asks for it, what it is.

A test says which behaviour it proves: ``@pytest.mark.requirement("lang.parser")``. The tests in
``test_requirements.py`` fail when a row that is ``done`` or ``partial`` has no such test, and when
a test names a row that is not here or only ``planned``. What is not built yet is a row here, never
a skipped test.

The sources: 000 the README of the rebuild, 001 the guide, 002 the gap analysis, 003 the runtime,
004 the file system; ★ goes beyond them.
"""
# ruff: noqa: E501 (one row a line)

from dataclasses import dataclass
from enum import StrEnum

_TABLE = """
# lang: NXML and nexus-protocol
lang.ast         | done    | 000 001 002 | typed AST (Pydantic), camelCase JSON, JSON Schema and TypeScript types generated from it
lang.lexer       | done    | 001         | tokens with exact source locations; expressions, code blocks, comments, CDATA
lang.parser      | done    | 001 002     | Data, Logic, View; states, computed, tools, handlers, lifecycles, extensions, capabilities; total and recovering
lang.expressions | done    | 001 002     | ESTree subset, interpolation, bindings, args
lang.validator   | done    | 001 002     | duplicates, undefined references, lifecycle events, argument types, dangerous capabilities; all diagnostics with loc, hint, fix
lang.cache       | done    | 001         | LRU by SHA-256 (1,000 entries), thread-safe, metrics of hits, misses, bytes and findings
lang.printer     | done    | 002 ★       | format, lossless generate, edits in place
lang.layout      | done    | 002         | 12-column auto layout, weights, strategies, gaps, breakpoints
lang.catalogue   | done    | ★           | components as data; one hash for validator, renderer, prompt, docs
lang.streaming   | done    | ★           | panels paint while the text is still being written
lang.repair      | done    | ★           | usual slips of language models repaired, lossless ones with a notice, lossy ones never silently
lang.tests       | done    | ★           | tests inside the document, run headless
lang.a2ui        | planned | ★           | export to, and import from, A2UI v1.0
# run: state, sandbox, execution
run.sandbox      | done    | 000 001 003 | QuickJS in Wasmtime, one isolated instance per execution, precompiled and pre-initialised, compile cache on disk
run.limits       | done    | 001 003     | time, memory, stack, host calls, mutations, events, output: each with its own error
run.capabilities | done    | 001 003     | none by default, declared or inferred, checked on the host side
run.globals      | done    | 003         | $state $args $emit $view $ext $tools $log $time, Date and random from the host
run.pool         | done    | 001 003     | warm instances, acquire and release, idle clean-up, utilisation metrics
run.suspend      | done    | 003         | await suspends; changes are pushed at once; several and concurrent suspensions; cancel; what waits survives a restart
run.state        | done    | 000 002     | reactive store: deep mutation, computed with dependency tracking, subscriptions, snapshots
run.changes      | done    | 002 ★       | minimal JSON Patch change sets, undo
run.extensions   | partial | 002 003     | registry, loading by entry point, http, kv, fs, sql, ai; private services connected by the operator
run.headless     | done    | 000 ★       | a panel runs as a library: parse, call tools, read state, no server
run.replay       | done    | ★           | an execution is recorded and runs again to the same result; time travel over a panel's log
# nog: the graph
nog.graph        | planned | 001 002     | entities, relationships, CRUD, parallel edges, atomic batches, undo, events
nog.queries      | planned | 001 002     | by category, tag, panel; subgraph to a depth, shortest path, dependencies, dependents, search, statistics
nog.serial       | planned | 001         | JSON for git: stable order, all metadata, cycles, mergeable
nog.mapping      | planned | 002         | NXML to entities and relationships by static analysis, and back; survives re-parse with hand-made entities kept
nog.patches      | planned | 001 002     | validated patches, patch sets, review status, partial accept
nog.sync         | planned | 002         | Explicit Sync: impact from the graph, proposals to other panels, reviewed
# ker: the kernel service
ker.rest         | partial | 000 001 003 | CRUD of workspaces, panels, state, tools, graph, history; OpenAPI; health, ready, metrics
ker.ws           | done    | 000 001 003 | the wire: subscribe, trigger, set, cancel, patch, progress, event, presence; exact resume
ker.auth         | done    | 000 001 002 | sign-up, login, refresh, revocation, roles and sharing per workspace; single-user mode without a login
ker.panels       | done    | 002 003     | panel actors, lifecycle, max panels, sleep and wake, hot reload
ker.store        | done    | 000 001 002 | SQLModel on SQLite and PostgreSQL, migrations; durable log; crash recovery
ker.git          | partial | 000 001 002 | a git repository per workspace: debounced save, history, diff, restore, branches, shadow branches
ker.proposals    | planned | 002         | shadow branch, semantic diff, live preview, partial accept, undo, sweep
ker.market       | planned | 002 ★       | publish, browse, search, install, versions, ratings, reviews, preview before install; nexus, free and paid; capabilities shown; signed and revocable
ker.quota        | planned | 002         | plans, token budget, max panels, storage; enforced and shown; billing through a provider port
ker.templates    | done    | 002         | workspaces and panels from templates; clone, share
ker.triggers     | done    | 003         | a tool run by hand, interval, cron, event, state change
ker.mcp          | planned | 002 ★       | every panel's tools and resources over MCP (official SDK, streamable HTTP); panels as MCP Apps `ui://`
ker.scale        | planned | 002         | several kernels on PostgreSQL and Redis: leases, routing, fan-out, failover
ker.cli          | done    | 000 ★       | `nexus`: serve, new, check, fmt, test, run, replay, export; a first panel in one command
# ui: renderer and studio
ui.renderer      | done    | 000 001 002 | React renderer from the JSON AST: registry, props, bindings, two-way, events, If and Iterate, every standard component, no eval
ui.client        | done    | 002         | NexusClient: reconnect, resume, optimistic binding
ui.custom        | done    | 002         | host-registered custom components, lazy
ui.studio        | done    | 002         | workspace switcher, panel canvas (drag, resize, dock, minimise, full screen), add panel, source editor with diagnostics, inspector (state, events, executions)
ui.layout        | done    | 002         | visual layout editor
ui.review        | planned | 002         | proposal review: visual, semantic, by part
ui.graph         | planned | 002         | the NOG drawn and explored
ui.market        | planned | 002         | browse, preview, install, publish, rate
ui.account       | partial | 002         | login, sign-up, plan, usage, resources
ui.ai            | planned | 000         | ask, watch it stream, stop, cost
ui.a11y          | done    | ★           | keyboard, screen reader, contrast: axe finds nothing
ui.themes        | done    | ★           | light, dark, host tokens
# ai: nexus-ai
ai.context       | planned | 000 001     | NOG to documents within a token budget, focus entity, pruning
ai.patches       | planned | 000 001     | a model's answer to validated patches, repaired by its diagnostics, streamed
ai.agents        | planned | 000         | code generator, design, sync agents (CrewAI)
ai.service       | planned | 000 002     | AIService and `python -m nexus_ai.main`; providers, failover, economy / standard / premium routing, budgets
ai.plan          | planned | 002         | multi-stage decomposition of a request into tasks
ai.rag           | planned | 002         | knowledge base with embeddings over the workspace's files and graph
# fs: nexus-fs
fs.core          | planned | 004         | read, write, delete, list, copy, move, mkdir, rmdir, stat, batch; virtual paths, namespaces; SQLite or PostgreSQL metadata
fs.cas           | planned | 004         | content-addressed, chunked, deduplicated, reference-counted; versions and lineage
fs.find          | planned | 004         | glob, grep
fs.mounts        | planned | 004         | local, S3, GCS, Azure, Google Drive, pass-through; hot, warm, cold tiers
fs.cli           | planned | 004         | the `nexus` file commands of the seed
fs.perms         | planned | 004         | owner, group, mode, ACL, tenants, inherited defaults, row-level security on PostgreSQL
fs.parse         | planned | 004         | PDF, Excel, CSV, JSON, Word, images: type detection, text, chunks
fs.search        | planned | 004         | embeddings, hybrid search, filters
fs.llm           | planned | 004         | llm_read with citations and a cache of answers
fs.memory        | planned | 004         | store, search, consolidate, version, share agent memories; query builder
fs.commands      | planned | 004         | Markdown commands, agent workspaces `.nexus/`
fs.jobs          | planned | 004         | resumable jobs with checkpoints; work queues with dependencies
fs.events        | planned | 004         | watch, webhooks, SSE, operation log
fs.mcp           | planned | 004         | MCP server
fs.prompts       | planned | 004         | prompt versions, candidates, traces, trade-offs, regressions
fs.remote        | planned | 004         | server mode with the same API, rate limits, API keys
fs.secrets       | planned | 004         | encrypted secrets, OAuth tokens refreshed
fs.export        | planned | 004         | JSONL export and import, dry run, conflicts
# obs: TriLog · dep: deployment · doc: documentation
obs.schemas      | partial | 000         | objects, processes, registry, validation, exports
obs.record       | partial | 000         | anchors, records, spans in every package; no-op without an SDK
obs.store        | planned | 000         | ClickHouse tables and queries; embedded default; collector configuration
obs.twin         | planned | 000 ★       | any object's state, any process's phase, at any time
dep.images       | planned | 000 001     | multi-stage, small, non-root, health-checked images
dep.k8s          | planned | 000 001 002 | namespace, deployments, services, ingress, config, secrets, autoscaling; workspace-as-a-pod
dep.compose      | planned | 000 001     | one command for the whole stack
dep.ci           | partial | 000 001     | GitHub workflows: checks, images, PyPI by trusted publishing, one package a tag
doc.all          | partial | 000 001     | README, tutorial, how-to, ARCHITECTURE, API, NXML_SPEC, DEPLOYMENT, CONTRIBUTING; examples run
"""


class State(StrEnum):
    """How far a behaviour is: shown whole by tests, shown in part, or not begun."""

    DONE = "done"
    PARTIAL = "partial"
    PLANNED = "planned"


class Source(StrEnum):
    """A document that asks for behaviours."""

    REBUILD = "000"
    GUIDE = "001"
    GAP_ANALYSIS = "002"
    RUNTIME = "003"
    FILE_SYSTEM = "004"
    BEYOND = "★"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One behaviour."""

    id: str
    state: State
    sources: tuple[Source, ...]
    sentence: str


def _read(row: str) -> Requirement:
    cells = row.split("|", maxsplit=3)
    row_id, state, sources, sentence = (cell.strip() for cell in cells)
    return Requirement(row_id, State(state), tuple(map(Source, sources.split())), sentence)


REQUIREMENTS = tuple(_read(row) for row in _TABLE.splitlines() if row and not row.startswith("#"))
