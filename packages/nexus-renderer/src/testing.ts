/**
 * A kernel and a panel in memory, for tests and previews of apps that use this library.
 *
 * Both are real code that speaks the same contracts: `FakeKernel` the messages of a socket,
 * `MemoryPanel` the interface of a store.
 */
export { FakeKernel, type FakeConnection } from "./testing/fake-kernel";
export { MemoryPanel, type ToolHandler } from "./testing/memory-panel";
