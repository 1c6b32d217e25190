/**
 * Nexus in a React app: a client of a kernel, and the components that draw its panels.
 *
 * Import `nexus-renderer/styles.css` once beside it.
 */
export { NexusClient, type NexusClientOptions } from "./client/client";
export { type Codec, type MessagePackLibrary, messagePack } from "./client/codec";
export type { ConnectionPhase, ConnectionStatus } from "./client/connection";
export type { Readable } from "./client/observable";
export {
  type PanelFailure,
  type PanelSnapshot,
  type PanelSource,
  type PanelStatus,
  PanelStore,
  type ToolArgs,
  type TriggerOptions,
} from "./client/panel-store";
export type { Socket, SocketFactory } from "./client/socket";
export { CATALOGUE, CATALOGUE_HASH, COMMON } from "./generated/catalogue";
export type * from "./generated/protocol";
export type { SoFar } from "./model/written";
export { checkUrl, type Url, type UrlKind } from "./model/url";
export type { CustomComponentProps, CustomComponents, CustomModule } from "./react/custom";
export { type EventSource, useConnection, useEvents, usePanel } from "./react/hooks";
export { NexusPanel, type NexusPanelProps } from "./react/NexusPanel";
export { NXMLRenderer, type NXMLRendererProps } from "./react/NXMLRenderer";
export { StreamedPanel, type StreamedPanelProps } from "./react/StreamedPanel";
export type { ComponentName, PropsOf } from "./react/props";
export type { DrawProps, Frame, Registry } from "./react/drawing";
export { type Theme, ThemeProvider } from "./react/ThemeProvider";
export { Toasts } from "./react/Toasts";
