// Generated from nexus_protocol by `npm run generate`; edits are lost.

/** Any JSON value. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}
export type JsonValue = Json;

export type Value =
  | LiteralValue
  | ExpressionValue
  | TemplateValue
  | BindingValue;

export type ViewNode =
  | ComponentNode
  | IfNode
  | IterateNode
  | TextNode;

export type PatchOp =
  | Add
  | Remove
  | Replace
  | Move;

export type Pattern =
  | Identifier
  | ObjectPattern
  | ArrayPattern
  | AssignmentPattern
  | RestElement;

export type Expression =
  | LiteralExpression
  | Identifier
  | TemplateLiteral
  | MemberExpression
  | ChainExpression
  | CallExpression
  | NewExpression
  | UnaryExpression
  | BinaryExpression
  | LogicalExpression
  | ConditionalExpression
  | ArrayExpression
  | ObjectExpression
  | ArrowFunctionExpression;

/** Set a member of an object, or insert before a position of a list (`-` appends). */
export interface Add {
  readonly op: "add";
  readonly path: string;
  readonly value?: JsonValue;
}

/** Directly after a node. */
export interface After {
  readonly after: string;
  readonly hash: string;
}

/** A parameter of a tool. */
export interface Arg {
  readonly name: string;
  readonly type: "string" | "number" | "boolean" | "list" | "object" | "any";
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly description?: string | null;
  readonly address: string;
  readonly loc: Span;
}

/** A list written out. */
export interface ArrayExpression {
  readonly type: "ArrayExpression";
  readonly elements: ReadonlyArray<Expression | SpreadElement>;
}

/** `[a, b]` as a parameter. */
export interface ArrayPattern {
  readonly type: "ArrayPattern";
  readonly elements: ReadonlyArray<Pattern | null>;
}

/** `params => body` with an expression as its body. */
export interface ArrowFunctionExpression {
  readonly type: "ArrowFunctionExpression";
  readonly params: ReadonlyArray<Pattern>;
  readonly body: Expression;
  readonly expression: true;
}

/** A parameter with a default. */
export interface AssignmentPattern {
  readonly type: "AssignmentPattern";
  readonly left: Pattern;
  readonly right: Expression;
}

/**
 * Say who one is: the first frame where people log in, unless a ticket opened the socket.
 *
 * Repeated with a newer token of the same session it lets the socket stay open for longer.
 */
export interface Auth {
  readonly type: "AUTH";
  readonly token: string;
}

/** Directly before a node. */
export interface Before {
  readonly before: string;
  readonly hash: string;
}

/** An operator between operands that are both evaluated. */
export interface BinaryExpression {
  readonly type: "BinaryExpression";
  readonly operator: "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "**" | "|" | "^" | "&" | "<<" | ">>" | ">>>" | "in" | "instanceof";
  readonly left: Expression;
  readonly right: Expression;
}

/** An assignable path: `bind="$state.user.name"` or `bind="$scope.item.done"`. */
export interface BindingValue {
  readonly kind: "binding";
  readonly source: string;
  readonly tree: Expression;
}

/**
 * Another branch of the workspace is checked out: its panels are those of that one now.
 *
 * Panels that both have go on with their state; those that one has not end, or are there again.
 */
export interface BranchMessage {
  readonly type: "BRANCH";
  readonly branch?: string | null;
  readonly by?: string | null;
}

/** A step of a test: run a tool. */
export interface Call {
  readonly kind: "call";
  readonly tool: string;
  readonly args: Readonly<Record<string, JsonValue>> | ReadonlyArray<JsonValue>;
  readonly returns?: LiteralValue | null;
  readonly fails?: string | null;
  readonly address: string;
  readonly loc: Span;
}

/** A call of a function or method. */
export interface CallExpression {
  readonly type: "CallExpression";
  readonly callee: Expression;
  readonly arguments: ReadonlyArray<Expression | SpreadElement>;
  readonly optional: boolean;
}

/**
 * End the execution of a TRIGGER; its RESULT then says CANCELLED.
 *
 * Request ids are unique on their panel, and any connection may cancel what another one
 * triggered. Nothing happens when nothing runs under that id any more.
 */
export interface Cancel {
  readonly type: "CANCEL";
  readonly requestId: string;
  readonly panelId: string;
}

/** Why the state changed. */
export interface Cause {
  readonly kind: "execution" | "binding" | "lifecycle" | "reload" | "undo" | "proposal";
  readonly id?: string | null;
  readonly tool?: string | null;
  readonly trigger?: string | null;
  readonly user?: string | null;
  readonly trace?: string | null;
  readonly undoes?: ReadonlyArray<number> | null;
}

/** Where a node sits on the 12-column grid of its Layout. */
export interface Cell {
  readonly colSpan: number;
  readonly newRow: boolean;
}

/** The extent that a `?.` inside cuts short. */
export interface ChainExpression {
  readonly type: "ChainExpression";
  readonly expression: Expression;
}

/** One committed change set: it takes the state from `base_rev` to `rev`. */
export interface Change {
  readonly rev: number;
  readonly baseRev: number;
  readonly ops: ReadonlyArray<PatchOp>;
  readonly cause: Cause;
  readonly at: number;
}

/** Runs its tool when the state changes: `change="$state.stock"`. */
export interface ChangeTrigger {
  readonly kind: "change";
  readonly path: string;
  readonly args: Readonly<Record<string, JsonValue>> | ReadonlyArray<JsonValue>;
  readonly address: string;
  readonly loc: Span;
}

export type ClientMessage = Auth | Subscribe | Unsubscribe | Trigger | SetMessage | Undo | Redo | Cancel | Who | Ping;

/** The stable names of all diagnostics. */
export type Code = "PARSE_ERROR" | "UNKNOWN_ELEMENT" | "UNKNOWN_ATTRIBUTE" | "MISSING_REQUIRED" | "INVALID_IDENTIFIER" | "INVALID_TYPE" | "INVALID_DEFAULT" | "INVALID_EXPRESSION" | "FORBIDDEN_GLOBAL" | "HANDLER_SYNTAX" | "DUPLICATE_SECTION" | "DUPLICATE_STATE" | "DUPLICATE_TOOL" | "DUPLICATE_ARG" | "DUPLICATE_VIEW_ID" | "DUPLICATE_EXTENSION_ALIAS" | "DUPLICATE_LIFECYCLE" | "UNDEFINED_STATE_REFERENCE" | "UNDEFINED_TOOL_REFERENCE" | "INVALID_SCOPE_REFERENCE" | "UNDECLARED_EXTENSION" | "COMPUTED_CYCLE" | "CAPABILITY_EXCEEDED" | "LIMIT_EXCEEDED" | "UNUSED_STATE" | "UNUSED_TOOL" | "UNKNOWN_COMPONENT" | "DANGEROUS_CAPABILITY" | "DYNAMIC_STATE_ACCESS" | "EMPTY_HANDLER" | "MULTIPLE_ROOTS" | "DEPRECATED_ALIAS" | "NO_ACCESSIBLE_NAME" | "INEFFECTIVE_ATTRIBUTE" | "UNREACHABLE_CODE" | "NEEDLESS_AWAIT" | "MISSING_AWAIT";

/** A component of the catalogue, or one unknown to it (`known` false). */
export interface ComponentNode {
  readonly kind: "component";
  readonly type: string;
  readonly id?: string | null;
  readonly address: string;
  readonly props: Readonly<Record<string, Value>>;
  readonly children: ReadonlyArray<ViewNode>;
  readonly layout: Cell;
  readonly known: boolean;
  readonly custom?: Custom | null;
  readonly loc: Span;
}

/** One component: what it is called, takes and holds. */
export interface ComponentSpec {
  readonly name: string;
  readonly doc: string;
  readonly columns: number;
  readonly content: "none" | "text" | "nodes";
  readonly textProp?: string | null;
  readonly within?: string | null;
  readonly holds?: string | null;
  readonly props: ReadonlyArray<PropSpec>;
  readonly free: boolean;
  readonly structural: boolean;
}

/** A value that follows from the state; read through `$state` too, never written. */
export interface Computed {
  readonly name: string;
  readonly type: "string" | "number" | "boolean" | "list" | "object" | "any";
  readonly value: ExpressionValue;
  readonly description?: string | null;
  readonly reads: ReadonlyArray<string>;
  readonly address: string;
  readonly loc: Span;
}

/** A computed value, whole. */
export interface ComputedRead {
  readonly type: "computed";
  readonly entry: Computed;
}

/** `test ? consequent : alternate`. */
export interface ConditionalExpression {
  readonly type: "ConditionalExpression";
  readonly test: Expression;
  readonly consequent: Expression;
  readonly alternate: Expression;
}

/** Why a batch was not applied. */
export type ConflictCode = "ADDRESS_GONE" | "HASH_DIFFERS" | "NOT_EXACT" | "NOT_APPLICABLE" | "INVALID_NXML" | "OVERLAP" | "NEW_ERRORS";

/** The first frame of the server. */
export interface Connected {
  readonly type: "CONNECTED";
  readonly sessionId: string;
  readonly protocol: string;
  readonly catalogueHash: string;
  readonly limits: WireLimits;
}

/** Runs its tool at certain times: `cron="30 9 * * 1-5" timezone="Europe/Berlin"`. */
export interface CronTrigger {
  readonly kind: "cron";
  readonly cron: string;
  readonly timezone: string;
  readonly args: Readonly<Record<string, JsonValue>> | ReadonlyArray<JsonValue>;
  readonly address: string;
  readonly loc: Span;
}

/** What a `CustomComponent` passes on to the component of the host. */
export interface Custom {
  readonly props: Readonly<Record<string, Value>>;
  readonly bindings: Readonly<Record<string, BindingValue>>;
  readonly events: Readonly<Record<string, string>>;
}

/** The Data section. */
export interface Data {
  readonly states: ReadonlyArray<StateDeclaration>;
  readonly computed: ReadonlyArray<Computed>;
}

/** One finding in a panel's source. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly loc: Span;
  readonly path: string;
  readonly found?: string | null;
  readonly expected?: string | null;
  readonly hint: string;
  readonly fix?: Fix | null;
}

/** Replace the text in `loc` by `text`. */
export interface Edit {
  readonly loc: Span;
  readonly text: string;
}

/** Why an operation cannot be applied; nothing of its batch is. */
export interface EditConflict {
  readonly code: ConflictCode;
  readonly address: string;
  readonly operation: number;
  readonly expected?: string | null;
  readonly found?: string | null;
  readonly hint: string;
}

export type EditOperation = SetAttribute | InsertNodes | RemoveNode | MoveNode | ReplaceNode;

/** What follows is drawn when the condition of the last node does not hold. */
export interface ElseOpened {
  readonly type: "else";
}

/** Why something failed; callers branch on this, never on the message. */
export type ErrorCode = "TIMEOUT" | "CPU_LIMIT" | "MEMORY_LIMIT" | "STACK_OVERFLOW" | "RESOURCE_LIMIT" | "PERMISSION_DENIED" | "EXECUTION_ERROR" | "COMPILATION_ERROR" | "SERIALIZATION_ERROR" | "EXTENSION_NOT_FOUND" | "METHOD_NOT_FOUND" | "EXTENSION_ERROR" | "RATE_LIMITED" | "CANCELLED" | "INTERRUPTED" | "INTERNAL_ERROR" | "BAD_REQUEST" | "UNAUTHENTICATED" | "NOT_FOUND" | "CONFLICT" | "PRECONDITION_FAILED" | "PAYLOAD_TOO_LARGE" | "METHOD_NOT_ALLOWED" | "UNSUPPORTED_MEDIA_TYPE" | "REQUEST_TIMEOUT" | "URI_TOO_LONG" | "HEADERS_TOO_LARGE" | "FORBIDDEN_ORIGIN" | "INVALID_PANEL" | "INVALID_ARGUMENTS" | "TOOL_NOT_FOUND" | "INVALID_PATH" | "UNAVAILABLE";

/** A frame could not be answered otherwise. */
export interface ErrorMessage {
  readonly type: "ERROR";
  readonly code: ErrorCode;
  readonly message: string;
  readonly requestId?: string | null;
  readonly panelId?: string | null;
  readonly retryAfter?: number | null;
}

/** Something a handler emitted: `toast`, `modal`, `navigate` or its own names. */
export interface EventMessage {
  readonly type: "EVENT";
  readonly panelId: string;
  readonly name: string;
  readonly payload?: JsonValue;
}

/** Runs its tool when a handler emits an event: `event="sold" panel="shop"`. */
export interface EventTrigger {
  readonly kind: "event";
  readonly event: string;
  readonly panel?: string | null;
  readonly args: Readonly<Record<string, JsonValue>> | ReadonlyArray<JsonValue>;
  readonly address: string;
  readonly loc: Span;
}

/** How an execution failed, for its caller. */
export interface ExecutionError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack?: string | null;
  readonly loc?: Span | null;
}

/** A step of a test: look at the panel. Everything that is given has to hold. */
export interface Expect {
  readonly kind: "expect";
  readonly state: Readonly<Record<string, JsonValue>>;
  readonly condition?: ExpressionValue | null;
  readonly event?: string | null;
  readonly address: string;
  readonly loc: Span;
}

/** The value of an expression: `content="{$state.message}"`. */
export interface ExpressionValue {
  readonly kind: "expression";
  readonly source: string;
  readonly tree: Expression;
}

/** A host service that handlers reach as `$ext.<alias>`. */
export interface Extension {
  readonly name: string;
  readonly alias: string;
  readonly source?: string | null;
  readonly address: string;
  readonly loc: Span;
}

/** An extension, whole. */
export interface ExtensionRead {
  readonly type: "extension";
  readonly entry: Extension;
}

/** Edits that a machine may apply as they are to mend a finding. */
export interface Fix {
  readonly title: string;
  readonly edits: ReadonlyArray<Edit>;
}

/** What a test begins with, in place of what the panel begins with. */
export interface Given {
  readonly state: Readonly<Record<string, JsonValue>>;
  readonly address: string;
  readonly loc: Span;
}

/** The JavaScript of a tool or lifecycle: the body of an async function. */
export interface Handler {
  readonly code: string;
  readonly capabilities: ReadonlyArray<string>;
  readonly declared: boolean;
  readonly calls: ReadonlyArray<string>;
  readonly timeoutMs?: number | null;
  readonly address: string;
  readonly loc: Span;
}

/** A root such as `$state`, a global, or a parameter of an arrow function. */
export interface Identifier {
  readonly type: "Identifier";
  readonly name: string;
}

/** Children shown while the condition holds, else the others. */
export interface IfNode {
  readonly kind: "if";
  readonly address: string;
  readonly condition: Value;
  readonly children: ReadonlyArray<ViewNode>;
  readonly otherwise: ReadonlyArray<ViewNode>;
  readonly layout: Cell;
  readonly loc: Span;
}

/** Put one or several nodes, written as NXML, into a place. */
export interface InsertNodes {
  readonly type: "Insert";
  readonly place: Inside | Before | After;
  readonly nxml: string;
}

/** Among the children of a node. */
export interface Inside {
  readonly parent: string;
  readonly index?: number | null;
  readonly hash: string;
}

/** Runs its tool again and again: `every="5m"`. */
export interface IntervalTrigger {
  readonly kind: "interval";
  readonly seconds: number;
  readonly args: Readonly<Record<string, JsonValue>> | ReadonlyArray<JsonValue>;
  readonly address: string;
  readonly loc: Span;
}

/** Children drawn once for each item; `$scope` gains `name`, `nameIndex` and `index`. */
export interface IterateNode {
  readonly kind: "iterate";
  readonly address: string;
  readonly items: Value;
  readonly name: string;
  readonly key?: string | null;
  readonly children: ReadonlyArray<ViewNode>;
  readonly layout: Cell;
  readonly loc: Span;
}

/** A handler that runs when the panel begins, ends, changes or fails. */
export interface Lifecycle {
  readonly on: "mount" | "unmount" | "update" | "error";
  readonly handler: Handler;
  readonly address: string;
  readonly loc: Span;
}

/** A lifecycle, whole: its handler has ended. */
export interface LifecycleRead {
  readonly type: "lifecycle";
  readonly entry: Lifecycle;
}

/** A string, number, boolean, null or regular expression written out. */
export interface LiteralExpression {
  readonly type: "Literal";
  readonly value?: string | boolean | number | number | null;
  readonly regex?: RegExpParts | null;
}

/** A value known when the panel is parsed, already coerced to the property's type. */
export interface LiteralValue {
  readonly kind: "literal";
  readonly value?: JsonValue;
}

/** The Logic section. */
export interface Logic {
  readonly extensions: ReadonlyArray<Extension>;
  readonly tools: ReadonlyArray<Tool>;
  readonly lifecycles: ReadonlyArray<Lifecycle>;
}

/** An operator that may leave its right operand alone. */
export interface LogicalExpression {
  readonly type: "LogicalExpression";
  readonly operator: "&&" | "||" | "??";
  readonly left: Expression;
  readonly right: Expression;
}

/** `object.property` or, when `computed`, `object[property]`. */
export interface MemberExpression {
  readonly type: "MemberExpression";
  readonly object: Expression;
  readonly property: Expression;
  readonly computed: boolean;
  readonly optional: boolean;
}

/** What an execution cost. */
export interface Metrics {
  readonly durationMs: number;
  readonly computeMs: number;
  readonly memoryBytes: number;
  readonly segments: number;
  readonly requests: number;
}

/** Take the item at `from` out of its list and insert it at `path` of the same list. */
export interface Move {
  readonly op: "move";
  readonly from: string;
  readonly path: string;
}

/** Move a node with everything in it to another place. */
export interface MoveNode {
  readonly type: "Move";
  readonly address: string;
  readonly hash: string;
  readonly place: Inside | Before | After;
}

/** `new Date(…)`; nothing else may be constructed. */
export interface NewExpression {
  readonly type: "NewExpression";
  readonly callee: Identifier;
  readonly arguments: ReadonlyArray<Expression | SpreadElement>;
}

/** The innermost open node is whole, or with none open the panel; it stands at `loc`. */
export interface NodeClosed {
  readonly type: "close";
  readonly loc: Span;
}

/**
 * A node after the others in the innermost open one; what follows goes into it.
 *
 * With nothing open it is the view, in place of what was the view before: a second root comes
 * as a Layout that has the first one in it.
 */
export interface NodeOpened {
  readonly type: "open";
  readonly node: ViewNode;
}

/** A node that holds no others, whole; its place is that of `NodeOpened`. */
export interface NodeRead {
  readonly type: "node";
  readonly node: ViewNode;
}

/** An object written out. */
export interface ObjectExpression {
  readonly type: "ObjectExpression";
  readonly properties: ReadonlyArray<PropertyNode | SpreadElement>;
}

/** `{a, b: c}` as a parameter. */
export interface ObjectPattern {
  readonly type: "ObjectPattern";
  readonly properties: ReadonlyArray<PatternProperty | RestElement>;
}

/** A whole panel. */
export interface PanelAst {
  readonly kind: "panel";
  readonly title?: string | null;
  readonly id?: string | null;
  readonly description?: string | null;
  readonly version?: string | null;
  readonly author?: string | null;
  readonly tags: ReadonlyArray<string>;
  readonly icon?: string | null;
  readonly type?: string | null;
  readonly data: Data;
  readonly logic: Logic;
  readonly view?: ViewNode | null;
  readonly tests: ReadonlyArray<PanelTest>;
  readonly catalogueHash: string;
  readonly loc: Span;
}

/** A panel as it is: on SUBSCRIBE, and whenever its source changed. */
export interface PanelMessage {
  readonly type: "PANEL";
  readonly panelId: string;
  readonly sourceHash: string;
  readonly ast: PanelAst;
  readonly state: Readonly<Record<string, JsonValue>>;
  readonly rev: number;
}

/**
 * The panel begins, with the attributes of its start tag and nothing in it.
 *
 * Where reading to the end shows that the tree is another than the events before it made, the
 * last event is one more of this type with the whole tree, or with nothing where there is none.
 */
export interface PanelRead {
  readonly type: "panel";
  readonly panel?: PanelAst | null;
}

/** An example of how the panel behaves, run on a fresh panel of its own. */
export interface PanelTest {
  readonly name: string;
  readonly given?: Given | null;
  readonly steps: ReadonlyArray<Call | Expect>;
  readonly address: string;
  readonly loc: Span;
}

/** A test, whole. */
export interface PanelTestRead {
  readonly type: "test";
  readonly entry: PanelTest;
}

/**
 * A committed change, without a gap: it takes `rev - 1` to `rev`.
 *
 * This is what every follower gets for every change, so it is kept short: what made an ordinary
 * change is in the panel's log, by its revision.
 */
export interface Patch {
  readonly type: "PATCH";
  readonly panelId: string;
  readonly rev: number;
  readonly ops: ReadonlyArray<PatchOp>;
  readonly cause?: Cause | null;
  readonly hash?: string | null;
}

/** A member that a destructured parameter takes. */
export interface PatternProperty {
  readonly type: "Property";
  readonly key: Expression;
  readonly value: Pattern;
  readonly kind: "init";
  readonly computed: boolean;
  readonly method: false;
  readonly shorthand: boolean;
}

/** Somebody who has the workspace open, on one device or several. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly panels: ReadonlyArray<string>;
}

/** Ask whether the other side is there. */
export interface Ping {
  readonly type: "PING";
}

/** The answer to PING. */
export interface Pong {
  readonly type: "PONG";
}

/** Who is here, whoever asked included. */
export interface Presence {
  readonly type: "PRESENCE";
  readonly people: ReadonlyArray<Person>;
  readonly count: number;
}

/** An execution waits for the outside world, or says how far it is. */
export interface Progress {
  readonly type: "PROGRESS";
  readonly requestId: string;
  readonly panelId: string;
  readonly waitingFor: ReadonlyArray<string>;
  readonly message?: string | null;
  readonly fraction?: number | null;
}

/** One property of a component. */
export interface PropSpec {
  readonly name: string;
  readonly type: "string" | "number" | "boolean" | "choice" | "list" | "any" | "binding" | "tool" | "arguments" | "condition" | "expression" | "name" | "module" | "link" | "image";
  readonly required: boolean;
  readonly default?: JsonValue;
  readonly choices: ReadonlyArray<string>;
  readonly doc: string;
  readonly aliases: ReadonlyArray<string>;
}

/** A member of an object written out. */
export interface PropertyNode {
  readonly type: "Property";
  readonly key: Expression;
  readonly value: Expression;
  readonly kind: "init";
  readonly computed: boolean;
  readonly method: false;
  readonly shorthand: boolean;
}

/** Take the newest undo back that is still in effect; answered by a RESULT. */
export interface Redo {
  readonly type: "REDO";
  readonly requestId: string;
  readonly panelId: string;
}

/** The two parts of a regular expression literal. */
export interface RegExpParts {
  readonly pattern: string;
  readonly flags: string;
}

/** Take a member of an object or an item of a list away. */
export interface Remove {
  readonly op: "remove";
  readonly path: string;
}

/** Remove a node with everything in it. */
export interface RemoveNode {
  readonly type: "Remove";
  readonly address: string;
  readonly hash: string;
}

/** A slip that the parser mended while reading. */
export interface Repair {
  readonly code: string;
  readonly loc: Span;
  readonly before: string;
  readonly after: string;
  readonly lossy: boolean;
}

/** Put another value where one is; the empty path replaces the whole state. */
export interface Replace {
  readonly op: "replace";
  readonly path: string;
  readonly value?: JsonValue;
}

/** Put a node, written as NXML, in place of another. */
export interface ReplaceNode {
  readonly type: "Replace";
  readonly address: string;
  readonly hash: string;
  readonly nxml: string;
}

/** `...argument` among parameters. */
export interface RestElement {
  readonly type: "RestElement";
  readonly argument: Pattern;
}

/** The end of a TRIGGER, SET, UNDO or REDO. */
export interface Result {
  readonly type: "RESULT";
  readonly requestId: string;
  readonly panelId: string;
  readonly ok: boolean;
  readonly value?: JsonValue;
  readonly error?: ExecutionError | null;
  readonly rev: number;
  readonly metrics?: Metrics | null;
}

export type ServerMessage = Connected | PanelMessage | Patch | Progress | Result | EventMessage | ViewMessage | Presence | BranchMessage | ErrorMessage | Pong;

/** Write one value of the state, as two-way binding does; answered by a RESULT. */
export interface SetMessage {
  readonly type: "SET";
  readonly requestId: string;
  readonly panelId: string;
  readonly path: string;
  readonly rev?: number | null;
  readonly value?: JsonValue;
}

/** Set one attribute of a node, or remove it. */
export interface SetAttribute {
  readonly type: "Set";
  readonly address: string;
  readonly hash: string;
  readonly name: string;
  readonly value?: LiteralValue | WrittenValue | null;
}

/** A stretch of source text; lines and columns count characters from 1, the end is exclusive. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** `...argument` in a list, an object or a call. */
export interface SpreadElement {
  readonly type: "SpreadElement";
  readonly argument: Expression;
}

/** A named part of the panel's state and what it starts as. */
export interface StateDeclaration {
  readonly name: string;
  readonly type: "string" | "number" | "boolean" | "list" | "object" | "any";
  readonly default?: JsonValue;
  readonly description?: string | null;
  readonly validation?: string | null;
  readonly address: string;
  readonly loc: Span;
}

/** A state, whole. */
export interface StateRead {
  readonly type: "state";
  readonly entry: StateDeclaration;
}

export type StreamEvent = PanelRead | StateRead | ComputedRead | ExtensionRead | ToolRead | LifecycleRead | PanelTestRead | NodeOpened | NodeRead | ElseOpened | TextRead | NodeClosed;

/** Ask for a panel and all that happens to it; `since_rev` resumes after a break. */
export interface Subscribe {
  readonly type: "SUBSCRIBE";
  readonly panelId: string;
  readonly sinceRev?: number | null;
  readonly sourceHash?: string | null;
}

/** A stretch of plain text in a template literal. */
export interface TemplateElement {
  readonly type: "TemplateElement";
  readonly value: TemplateText;
  readonly tail: boolean;
}

/** Text with expressions between backticks: one more quasi than expressions. */
export interface TemplateLiteral {
  readonly type: "TemplateLiteral";
  readonly quasis: ReadonlyArray<TemplateElement>;
  readonly expressions: ReadonlyArray<Expression>;
}

/** The text of a template element; `cooked` has its escapes resolved. */
export interface TemplateText {
  readonly cooked: string;
  readonly raw: string;
}

/** Text with expressions inside: `"Total: {$state.n} items"`; parts in order. */
export interface TemplateValue {
  readonly kind: "template";
  readonly parts: ReadonlyArray<string | ExpressionValue>;
}

/** Text between elements, white space folded. */
export interface TextNode {
  readonly kind: "text";
  readonly address: string;
  readonly value: Value;
  readonly loc: Span;
}

/**
 * The text in the innermost open node as far as it has come; it replaces what came before.
 *
 * It is the property `name` of a component, or the `value` of a text.
 */
export interface TextRead {
  readonly type: "text";
  readonly name: string;
  readonly value: Value;
}

/** Something a person, an agent or another tool can do with the panel. */
export interface Tool {
  readonly name: string;
  readonly description?: string | null;
  readonly icon?: string | null;
  readonly args: ReadonlyArray<Arg>;
  readonly triggers: ReadonlyArray<IntervalTrigger | CronTrigger | EventTrigger | ChangeTrigger>;
  readonly handler: Handler;
  readonly address: string;
  readonly loc: Span;
}

/** A tool, whole: its handler has ended. */
export interface ToolRead {
  readonly type: "tool";
  readonly entry: Tool;
}

/** Run a tool; `request_id` makes a repetition run once and answer again. */
export interface Trigger {
  readonly type: "TRIGGER";
  readonly requestId: string;
  readonly panelId: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, JsonValue>> | ReadonlyArray<JsonValue>;
  readonly traceparent?: string | null;
}

/** An operator before its operand. */
export interface UnaryExpression {
  readonly type: "UnaryExpression";
  readonly operator: "-" | "+" | "!" | "~" | "typeof" | "void";
  readonly prefix: true;
  readonly argument: Expression;
}

/**
 * Take a change back by a new one; answered by a RESULT.
 *
 * `rev` names the change, that of an undo makes its changes anew; `to` goes back to what was
 * at a revision. Without either it is the newest change that is not taken back yet.
 */
export interface Undo {
  readonly type: "UNDO";
  readonly requestId: string;
  readonly panelId: string;
  readonly rev?: number | null;
  readonly to?: number | null;
}

/** Hear no more of a panel. */
export interface Unsubscribe {
  readonly type: "UNSUBSCRIBE";
  readonly panelId: string;
}

/** What a handler does to one component of the view. */
export interface ViewCommand {
  readonly id: string;
  readonly method: string;
  readonly args: ReadonlyArray<JsonValue>;
}

/** Transient commands to components, in order; they are not part of the state. */
export interface ViewMessage {
  readonly type: "VIEW";
  readonly panelId: string;
  readonly commands: ReadonlyArray<ViewCommand>;
}

/** Ask who else is here: answered by PRESENCE, now and, while `follow`, when that changes. */
export interface Who {
  readonly type: "WHO";
  readonly follow: boolean;
}

/** What the server accepts. */
export interface WireLimits {
  readonly frameBytes: number;
  readonly subscriptions: number;
  readonly pendingRequests: number;
}

/** A value as an author writes it between the quotes: `{…}` is an expression. */
export interface WrittenValue {
  readonly kind: "written";
  readonly text: string;
}
