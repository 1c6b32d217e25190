/* What stands between the host and QuickJS-ng: one runtime and one context per WebAssembly instance.
 *
 * The module imports nothing. The host writes a job into a buffer of linear memory, calls
 * nexus_start or nexus_resume, and reads one JSON text back; the addresses of both stand in the
 * control block, beside the clock, the random state, the limits and the interrupt flag. What the
 * texts mean is the prelude's business (prelude.js).
 *
 * quickjs.c is included rather than linked, because code generation must be switched off from
 * the inside: ctx->eval_internal is null whenever a handler runs, so that no route whatever
 * (eval, Function, the constructors of async functions and generators) compiles text.
 */
#include "heap.h"
#include "quickjs.c"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))
#define SMALL_BUFFER 8192
#define STOP_STACK 2048

/* Mirrored by nexus_quickjs.ControlBlock; the offsets are part of the contract. */
typedef struct {
    uint32_t in_ptr;     /*  0 where the host writes the next input                     */
    uint32_t in_cap;     /*  4 room there; more is had from nexus_reserve               */
    uint32_t out_ptr;    /*  8 UTF-8 of the last call                                   */
    uint32_t out_len;    /* 12                                                          */
    uint32_t interrupt;  /* 16 the host sets it to stop JavaScript at its next poll     */
    uint32_t stopped;    /* 20 set when the flag did stop something                     */
    int64_t now_us;      /* 24 what Date.now() sees, microseconds since the epoch       */
    uint64_t random[2];  /* 32 xorshift128+ state, seeded by the host for each instance */
    uint32_t heap_limit; /* 48 bytes the heap may hold, 0 for no limit of our own       */
    uint32_t heap_peak;  /* 52 the most it held                                         */
    uint32_t heap_denied;/* 56 how many requests the limit or the memory refused        */
    uint32_t head_len;   /* 60 length of the job's header, the first text of the input   */
    uint32_t stack_limit;/* 64 bytes of stack for JavaScript, 0 for what it was booted with  */
    uint32_t text_len;   /* 68 length of header and texts; compiled forms of them follow    */
} control_block;

static control_block control __attribute__((aligned(16)));
static uint8_t small_buffer[2][SMALL_BUFFER] __attribute__((aligned(16)));
static char stop_stack[STOP_STACK];
static JSRuntime *runtime;
static JSContext *context;
static JSValue on_start, on_resume, on_collect;
static const char *output;
static uint8_t *job_input;
static const uint8_t *job; /* what follows the header: state and code, read when they are needed */
static uint32_t job_len;
static const uint8_t *forms; /* what the host keeps of the job's scripts, compiled */
static uint32_t forms_len;

/* ---- what the C library would ask an operating system for ---- */

int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
    (void)tz;
    tv->tv_sec = control.now_us / 1000000;
    tv->tv_usec = control.now_us % 1000000;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ts) {
    (void)clock;
    ts->tv_sec = control.now_us / 1000000;
    ts->tv_nsec = (control.now_us % 1000000) * 1000;
    return 0;
}

struct tm *localtime_r(const time_t *restrict t, struct tm *restrict result) {
    (void)t;
    memset(result, 0, sizeof *result); /* offset 0: local time is UTC */
    return result;
}

/* ---- stopping ---- */

/* Remember where the handler is, for the error's stack, without running any of its code. A frame
 * notes its position when it calls something, so in a loop that calls nothing the line is that of
 * the last call before it, or the function's own. */
static void note_stop_stack(JSContext *ctx) {
    size_t used = 0;
    for (JSStackFrame *frame = ctx->rt->current_stack_frame; frame; frame = frame->prev_frame) {
        JSObject *function = JS_VALUE_GET_OBJ(frame->cur_func);
        if (!js_class_has_bytecode(function->class_id)) continue;
        JSFunctionBytecode *code = function->u.func.function_bytecode;
        int line = code->line_num, column = code->col_num;
        if (frame->cur_pc) {
            line = find_line_num(ctx, code, frame->cur_pc - code->byte_code_buf - 1, &column);
        }
        const char *name = get_func_name(ctx, frame->cur_func);
        const char *file = code->filename ? JS_AtomToCString(ctx, code->filename) : NULL;
        int written = snprintf(stop_stack + used, sizeof stop_stack - used, "    at %s (%s:%d:%d)\n",
                               name && *name ? name : "<anonymous>", file ? file : "-", line, column);
        JS_FreeCString(ctx, name);
        JS_FreeCString(ctx, file);
        if (written < 0 || (used += (size_t)written) >= sizeof stop_stack - 1) break;
    }
}

static int on_interrupt(JSRuntime *rt, void *opaque) {
    (void)rt;
    (void)opaque;
    if (*(volatile uint32_t *)&control.interrupt == 0) return 0;
    if (!control.stopped) {
        control.stopped = 1;
        note_stop_stack(context);
    }
    return 1;
}

/* ---- functions for the prelude; a handler never gets hold of them ---- */

static uint64_t next_random(void) {
    uint64_t s1 = control.random[0], s0 = control.random[1];
    control.random[0] = s0;
    s1 ^= s1 << 23;
    control.random[1] = s1 ^ s0 ^ (s1 >> 17) ^ (s0 >> 26);
    return control.random[1] + s0;
}

static JSValue native_random(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    (void)self, (void)argc, (void)argv;
    return JS_NewFloat64(ctx, (double)(next_random() >> 11) * (1.0 / 9007199254740992.0));
}

/* A stretch of the job that ends in NUL, as both the JSON parser and the compiler want it. */
static const char *job_slice(JSContext *ctx, JSValueConst *argv, uint32_t *length) {
    uint32_t offset;
    if (JS_ToUint32(ctx, &offset, argv[0]) || JS_ToUint32(ctx, length, argv[1])) return NULL;
    if (offset > job_len || *length > job_len - offset || job[offset + *length] != 0) {
        JS_ThrowRangeError(ctx, "outside of the job");
        return NULL;
    }
    return (const char *)job + offset;
}

/* parse(offset, length) reads JSON that stands in the job. */
static JSValue native_parse(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    (void)self, (void)argc;
    uint32_t length;
    const char *text = job_slice(ctx, argv, &length);
    return text ? JS_ParseJSON(ctx, text, length, "<job>") : JS_EXCEPTION;
}

/* ---- values that nobody has looked at yet ----
 *
 * They stay text in the job. A slot stands for one, a BigInt, which no JSON can hold: twice its
 * offset, and one more where its text is long. The host wrote the texts, without spaces; from any
 * other offset these functions find something, and nothing outside of the job. */

static uint32_t value_end(uint32_t at) {
    for (uint32_t depth = 0; at < job_len; at++) {
        switch (job[at]) {
        case 0:
            return at;
        case '"':
            for (at++; at < job_len && job[at] != '"'; at++) at += job[at] == '\\';
            break;
        case '[': case '{':
            depth++;
            break;
        case ']': case '}':
            if (depth <= 1) return at + depth;
            depth--;
            break;
        case ',': case ':':
            if (depth == 0) return at;
            break;
        }
    }
    return job_len - 1;
}

/* The value at an offset, whatever follows it: the job ends in NUL. */
static JSValue parse_at(JSContext *ctx, uint32_t at) {
    JSParseState state;
    js_parse_init(ctx, &state, (const char *)job + at, job_len - at, "<job>", 1);
    JSValue value = json_next_token(&state) ? JS_EXCEPTION : json_parse_value(&state, NULL);
    free_token(&state, &state.token);
    return value;
}

static JSValue member_at(JSContext *ctx, uint32_t at, uint32_t end, uint32_t whole) {
    if (job[at] != '[' && job[at] != '{') return parse_at(ctx, at);
    return JS_NewBigInt64(ctx, (int64_t)at << 1 | (end - at >= whole));
}

/* The list or object at an offset, with slots for those inside it. */
static JSValue open_container(JSContext *ctx, uint32_t at, uint32_t whole) {
    int list = job[at] == '[';
    JSValue container = list ? JS_NewArray(ctx) : JS_NewObject(ctx);
    if (JS_IsException(container)) return container;
    at++;
    for (uint32_t count = 0; job[at] != ']' && job[at] != '}' && job[at] != 0; count++) {
        JSAtom name = JS_ATOM_NULL;
        if (!list) {
            JSValue key = parse_at(ctx, at);
            if (JS_IsException(key)) goto fail;
            name = JS_ValueToAtom(ctx, key);
            JS_FreeValue(ctx, key);
            if (name == JS_ATOM_NULL) goto fail;
            at = value_end(at) + 1;
        }
        uint32_t end = value_end(at);
        JSValue value = member_at(ctx, at, end, whole);
        int status = -1;
        if (!JS_IsException(value)) {
            status = list ? JS_DefinePropertyValueUint32(ctx, container, count, value, JS_PROP_C_W_E)
                          : JS_DefinePropertyValue(ctx, container, name, value, JS_PROP_C_W_E);
        }
        JS_FreeAtom(ctx, name);
        if (status < 0) goto fail;
        at = job[end] == ',' ? end + 1 : end;
    }
    return container;
fail:
    JS_FreeValue(ctx, container);
    return JS_EXCEPTION;
}

/* open(slot, whole) gives what a slot stands for: all of it, or of a long one the outermost level.
 * Inside of that, texts of `whole` bytes are long; without it everything is short. */
static JSValue native_open(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    (void)self, (void)argc;
    int64_t slot;
    uint32_t whole;
    if (JS_ToBigInt64(ctx, &slot, argv[0]) || JS_ToUint32(ctx, &whole, argv[1])) return JS_EXCEPTION;
    int64_t at = slot >> 1;
    if (at < 0 || at >= job_len) return JS_ThrowRangeError(ctx, "outside of the job");
    int container = job[at] == '[' || job[at] == '{';
    return container && slot & 1 && whole ? open_container(ctx, (uint32_t)at, whole)
                                          : parse_at(ctx, (uint32_t)at);
}

/* Evaluate a script, or with the flag for it, compile it only. */
static JSValue script(JSContext *ctx, const char *text, size_t length, const char *name, int32_t line,
                      int flags) {
    JSEvalOptions options = {
        .version = JS_EVAL_OPTIONS_VERSION,
        .eval_flags = JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT | flags,
        .filename = name,
        .line_num = line,
    };
    ctx->eval_internal = __JS_EvalInternal;
    JSValue result = JS_Eval2(ctx, text, length, &options);
    ctx->eval_internal = NULL;
    return result;
}

/* The compiled form of the script at this place of the job, or NULL. Forms stand behind the texts,
 * where no offset from JavaScript leads: each the script's offset, its own length, and its bytes. */
static const uint8_t *form_of(uint32_t offset, uint32_t *length) {
    uint32_t head[2], at = 0;
    while (forms_len - at >= sizeof head) {
        memcpy(head, forms + at, sizeof head);
        at += sizeof head;
        if (head[1] > forms_len - at) break;
        if (head[0] == offset) {
            *length = head[1];
            return forms + at;
        }
        at += head[1];
    }
    return NULL;
}

/* compile(offset, length, name, line) evaluates a script that stands in the job, from its compiled
 * form where the host sent that too. It takes no text from JavaScript, so even who gets hold of it
 * runs only what the host sent. */
static JSValue native_compile(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    (void)self, (void)argc;
    uint32_t length, size;
    int32_t line;
    const char *text = job_slice(ctx, argv, &length);
    if (!text || JS_ToInt32(ctx, &line, argv[3])) return JS_EXCEPTION;
    const uint8_t *form = form_of((uint32_t)((const uint8_t *)text - job), &size);
    if (form) {
        JSValue compiled = JS_ReadObject(ctx, form, size, JS_READ_OBJ_BYTECODE);
        if (!JS_IsException(compiled)) return JS_EvalFunction(ctx, compiled);
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    const char *name = JS_ToCString(ctx, argv[2]);
    if (!name) return JS_EXCEPTION;
    JSValue result = script(ctx, text, length, name, line, 0);
    JS_FreeCString(ctx, name);
    return result;
}

static void add_function(JSValueConst object, const char *name, JSCFunction *function, int length) {
    JS_SetPropertyStr(context, object, name, JS_NewCFunction(context, function, name, length));
}

/* ---- input and output ---- */

static uint32_t address(const void *pointer) { return (uint32_t)(uintptr_t)pointer; }

static void use_small_buffer(int which) {
    control.in_ptr = address(small_buffer[which]);
    control.in_cap = SMALL_BUFFER - 1;
}

EXPORT(nexus_reserve) uint32_t nexus_reserve(uint32_t length) {
    if (length <= control.in_cap) return control.in_ptr;
    uint8_t *buffer = length < 0x7fffff00u ? heap_alloc(length + 1) : NULL;
    if (!buffer) return 0;
    control.in_ptr = address(buffer);
    control.in_cap = length;
    return control.in_ptr;
}

static void drop_output(void) {
    if (output) JS_FreeCString(context, output);
    output = NULL;
    control.out_ptr = control.out_len = 0;
}

static int32_t put_output(JSValue value) {
    size_t length = 0;
    output = JS_IsException(value) ? NULL : JS_ToCStringLen(context, &length, value);
    JS_FreeValue(context, value);
    if (!output) {
        JS_FreeValue(context, JS_GetException(context));
        return -1;
    }
    control.out_ptr = address(output);
    control.out_len = (uint32_t)length;
    return 0;
}

static JSValue collect(void) {
    JSValue stack = control.stopped ? JS_NewString(context, stop_stack) : JS_UNDEFINED;
    JSValueConst arguments[1] = {stack};
    JSValue result = JS_Call(context, on_collect, JS_UNDEFINED, 1, arguments);
    JS_FreeValue(context, stack);
    return result;
}

/* Call into the prelude, run every job that is due, and put out what came of it. A stopped or
 * exhausted guest still gets to tell its logs and its stack: the flag and the limit of our own
 * are lifted for that, the host's hard ones stay. */
static int32_t run(JSValueConst function, int argc, JSValueConst *argv) {
    JSContext *ran;
    JSValue result = JS_Call(context, function, JS_UNDEFINED, argc, argv);
    if (JS_IsException(result)) JS_FreeValue(context, JS_GetException(context));
    JS_FreeValue(context, result);
    while (!control.interrupt && JS_IsJobPending(runtime)) {
        if (JS_ExecutePendingJob(runtime, &ran) < 0) {
            JS_FreeValue(context, JS_GetException(context));
        }
    }
    // Stopped between two jobs: nobody polled the flag, but there was more to do.
    if (control.interrupt && JS_IsJobPending(runtime)) control.stopped = 1;
    control.interrupt = 0;
    heap_limit = 0;
    int32_t status = put_output(collect());
    heap_limit = control.heap_limit;
    control.heap_peak = heap_peak;
    control.heap_denied = heap_denied;
    return status;
}

static void enter(void) {
    JS_UpdateStackTop(runtime);
    if (control.stack_limit) JS_SetMaxStackSize(runtime, control.stack_limit);
    drop_output();
    control.stopped = 0;
    stop_stack[0] = 0;
    heap_limit = control.heap_limit;
}

/* The input is a header in JSON, NUL, the texts that the header refers to by offset (from behind
 * that NUL) and length, each followed by NUL, and compiled forms of some of them. */
EXPORT(nexus_start) int32_t nexus_start(uint32_t length) {
    enter();
    job_input = (uint8_t *)(uintptr_t)control.in_ptr;
    if (control.head_len >= control.text_len || control.text_len > length) return -2;
    job_input[length] = 0;
    job = job_input + control.head_len + 1;
    job_len = control.text_len - control.head_len - 1;
    forms = job_input + control.text_len;
    forms_len = length - control.text_len;
    use_small_buffer(job_input == small_buffer[0] ? 1 : 0);
    JSValue header = JS_ParseJSON(context, (const char *)job_input, control.head_len, "<job>");
    if (JS_IsException(header)) return -2;
    JSValueConst arguments[1] = {header};
    int32_t status = run(on_start, 1, arguments);
    JS_FreeValue(context, header);
    return status;
}

EXPORT(nexus_resume) int32_t nexus_resume(uint32_t length) {
    enter();
    uint8_t *input = (uint8_t *)(uintptr_t)control.in_ptr;
    input[length] = 0;
    JSValue message = JS_ParseJSON(context, (const char *)input, length, "<resume>");
    if (input != small_buffer[0] && input != small_buffer[1]) {
        heap_free(input);
        use_small_buffer(job_input == small_buffer[0] ? 1 : 0);
    }
    if (JS_IsException(message)) return -2;
    JSValueConst arguments[1] = {message};
    int32_t status = run(on_resume, 1, arguments);
    JS_FreeValue(context, message);
    return status;
}

/* Compile a script without running any of it. The input is its name and line as a list in JSON, NUL,
 * and its text; the output is its compiled form. Called once, in an instance that runs nothing else:
 * what a handler ran in has no say in what others are given as theirs. */
EXPORT(nexus_compile) int32_t nexus_compile(uint32_t length) {
    enter();
    char *input = (char *)(uintptr_t)control.in_ptr;
    if (control.head_len >= length) return -2;
    input[length] = 0;
    JSValue header = JS_ParseJSON(context, input, control.head_len, "<job>");
    if (JS_IsException(header)) return -2;
    int32_t line = 0;
    JS_ToInt32(context, &line, JS_GetPropertyUint32(context, header, 1));
    const char *name = JS_ToCString(context, JS_GetPropertyUint32(context, header, 0));
    if (!name) return -2;
    const char *text = input + control.head_len + 1;
    JSValue compiled = script(context, text, length - control.head_len - 1, name, line,
                              JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(compiled)) return -1;
    size_t size;
    const uint8_t *form = JS_WriteObject(context, &size, compiled, JS_WRITE_OBJ_BYTECODE);
    if (!form) return -1;
    control.out_ptr = address(form);
    control.out_len = (uint32_t)size;
    return 0;
}

/* ---- boot: called once, while the snapshot is made; the snapshot does not export these ---- */

EXPORT(nexus_control) uint32_t nexus_control(void) { return address(&control); }

static JSValue take(JSValueConst object, const char *name) {
    return JS_GetPropertyStr(context, object, name);
}

EXPORT(nexus_init) int32_t nexus_init(uint32_t stack_size) {
    heap_start();
    use_small_buffer(0);
    control.random[0] = 1;
    runtime = JS_NewRuntime2(&heap_functions, NULL);
    if (!runtime) return -1;
    JS_SetMaxStackSize(runtime, stack_size);
    JS_SetInterruptHandler(runtime, on_interrupt, NULL);
    context = JS_NewContext(runtime);
    return context ? 0 : -1;
}

static JSValue natives(void) {
    JSValue object = JS_NewObjectProto(context, JS_NULL);
    add_function(object, "random", native_random, 0);
    add_function(object, "parse", native_parse, 2);
    add_function(object, "open", native_open, 2);
    add_function(object, "compile", native_compile, 4);
    return object;
}

/* Evaluate the prelude in the input buffer: a function that takes the natives and returns
 * {start, resume, collect}. The output is the error's text when it fails. */
EXPORT(nexus_boot) int32_t nexus_boot(uint32_t length) {
    char *source = (char *)(uintptr_t)control.in_ptr;
    JS_UpdateStackTop(runtime);
    source[length] = 0;
    JSValue make = JS_Eval(context, source, length, "<nexus>", JS_EVAL_TYPE_GLOBAL);
    JSValue native = natives();
    JSValueConst arguments[1] = {native};
    JSValue bridge = JS_Call(context, make, JS_UNDEFINED, 1, arguments);
    JS_FreeValue(context, native);
    JS_FreeValue(context, make);
    if (JS_IsException(bridge)) {
        put_output(JS_GetException(context));
        return -1;
    }
    on_start = take(bridge, "start");
    on_resume = take(bridge, "resume");
    on_collect = take(bridge, "collect");
    JS_FreeValue(context, bridge);
    heap_free(source);
    use_small_buffer(0);
    context->eval_internal = NULL;
    JS_RunGC(runtime);
    return JS_IsFunction(context, on_start) && JS_IsFunction(context, on_resume) &&
                   JS_IsFunction(context, on_collect) ? 0 : -1;
}
