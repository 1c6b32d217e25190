/* The guest's heap: two-level segregated free lists over boundary tags, growing linear memory.
 *
 * QuickJS-ng carves small objects from 4 KiB arenas of its own, so this sees arenas and large
 * blocks. Neighbours are joined when they are freed, or a growing string would use up the memory
 * limit with blocks it has left behind. heap_limit bounds what is in use; the memory itself is
 * bounded by the host.
 */
#ifndef NEXUS_HEAP_H
#define NEXUS_HEAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "quickjs.h"

#define HEAP_HEADER 8u
#define HEAP_FREE 1u
#define HEAP_PAGE 65536u
#define HEAP_LEVELS 26
#define HEAP_STEPS 8
#define HEAP_GROWTH (4 * HEAP_PAGE)

/* `before` is the size of the block in front, 0 for the first. A free block's body holds its
 * links. Sizes are of bodies, in multiples of eight. */
typedef struct heap_block {
    uint32_t before;
    uint32_t size;
    struct heap_block *next, *previous;
} heap_block;

extern unsigned char __heap_base;

static uint32_t heap_limit, heap_used, heap_peak, heap_denied;
static uint32_t heap_levels;
static uint8_t heap_steps[HEAP_LEVELS];
static heap_block *heap_bins[HEAP_LEVELS][HEAP_STEPS];
static heap_block *heap_last; /* an empty block in use at the very end */

static inline uint32_t heap_size(const heap_block *b) { return b->size & ~HEAP_FREE; }
static inline heap_block *heap_after(heap_block *b) {
    return (heap_block *)((uint8_t *)b + HEAP_HEADER + heap_size(b));
}
static inline heap_block *heap_ahead(heap_block *b) {
    return (heap_block *)((uint8_t *)b - HEAP_HEADER - b->before);
}
static inline heap_block *heap_of(const void *body) {
    return (heap_block *)((uint8_t *)(uintptr_t)body - HEAP_HEADER);
}

/* The bin of a size: below 64 bytes one per eight, then eight per power of two. */
static inline void heap_bin(uint32_t size, uint32_t *level, uint32_t *step) {
    if (size < 64) {
        *level = 0;
        *step = size >> 3;
        return;
    }
    uint32_t log = 31 - (uint32_t)__builtin_clz(size);
    *level = log - 5;
    *step = (size >> (log - 3)) & 7;
}

static void heap_link(heap_block *b) {
    uint32_t level, step;
    heap_bin(heap_size(b), &level, &step);
    b->size |= HEAP_FREE;
    b->previous = NULL;
    b->next = heap_bins[level][step];
    if (b->next) b->next->previous = b;
    heap_bins[level][step] = b;
    heap_levels |= 1u << level;
    heap_steps[level] |= (uint8_t)(1u << step);
}

static void heap_unlink(heap_block *b) {
    uint32_t level, step;
    heap_bin(heap_size(b), &level, &step);
    if (b->next) b->next->previous = b->previous;
    if (b->previous) {
        b->previous->next = b->next;
    } else {
        heap_bins[level][step] = b->next;
        if (!b->next) heap_steps[level] &= (uint8_t)~(1u << step);
        if (!heap_steps[level]) heap_levels &= ~(1u << level);
    }
    b->size &= ~HEAP_FREE;
}

/* A free block of at least `size`: from a bin whose every block is large enough. */
static heap_block *heap_find(uint32_t size) {
    uint32_t level, step, rounded = size;
    if (size >= 64) rounded += (1u << (31 - (uint32_t)__builtin_clz(size) - 3)) - 1;
    heap_bin(rounded, &level, &step);
    uint32_t steps = level < HEAP_LEVELS ? heap_steps[level] & (0xffu << step) : 0;
    if (!steps) {
        uint32_t levels = level + 1 < 32 ? heap_levels & (~0u << (level + 1)) : 0;
        if (!levels) return NULL;
        level = (uint32_t)__builtin_ctz(levels);
        steps = heap_steps[level];
    }
    return heap_bins[level][__builtin_ctz(steps)];
}

static void heap_join_and_link(heap_block *b) {
    heap_block *after = heap_after(b);
    if (after->size & HEAP_FREE) {
        heap_unlink(after);
        b->size += HEAP_HEADER + heap_size(after);
    }
    if (b->before) {
        heap_block *ahead = heap_ahead(b);
        if (ahead->size & HEAP_FREE) {
            heap_unlink(ahead);
            ahead->size += HEAP_HEADER + heap_size(b);
            b = ahead;
        }
    }
    heap_after(b)->before = heap_size(b);
    heap_link(b);
}

/* Cut a block in use down to `size` where the rest is worth having. */
static void heap_trim(heap_block *b, uint32_t size) {
    uint32_t rest = heap_size(b) - size;
    if (rest < 64) return;
    b->size = size;
    heap_block *tail = heap_after(b);
    tail->before = size;
    tail->size = rest - HEAP_HEADER;
    heap_after(tail)->before = tail->size;
    heap_join_and_link(tail);
}

/* Take pages from the host; what was the end block becomes the head of the new one. */
static int heap_grow(uint32_t size) {
    uint32_t pages = (size + 2 * HEAP_HEADER + HEAP_GROWTH - 1) / HEAP_GROWTH * (HEAP_GROWTH / HEAP_PAGE);
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) {
        pages = (size + 2 * HEAP_HEADER + HEAP_PAGE - 1) / HEAP_PAGE;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return 0;
    }
    heap_block *b = heap_last;
    b->size = pages * HEAP_PAGE - HEAP_HEADER;
    heap_last = heap_after(b);
    heap_last->size = 0;
    heap_last->before = b->size;
    heap_join_and_link(b);
    return 1;
}

static void heap_start(void) {
    uint32_t begin = ((uint32_t)(uintptr_t)&__heap_base + 15) & ~15u;
    uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) * HEAP_PAGE;
    heap_block *first = (heap_block *)(uintptr_t)begin;
    first->before = 0;
    first->size = end - begin - 2 * HEAP_HEADER;
    heap_last = heap_after(first);
    heap_last->size = 0;
    heap_last->before = first->size;
    heap_link(first);
}

static inline uint32_t heap_round(size_t size) {
    return size < 16 ? 16 : ((uint32_t)size + 7) & ~7u;
}

static void heap_count(uint32_t size) {
    heap_used += size;
    if (heap_used > heap_peak) heap_peak = heap_used;
}

static void *heap_alloc(size_t wanted) {
    if (wanted > 0x7fff0000u) {
        heap_denied++;
        return NULL;
    }
    uint32_t size = heap_round(wanted);
    if (heap_limit && heap_used + size > heap_limit) {
        heap_denied++;
        return NULL;
    }
    heap_block *b = heap_find(size);
    if (!b && heap_grow(size)) b = heap_find(size);
    if (!b) {
        heap_denied++;
        return NULL;
    }
    heap_unlink(b);
    heap_trim(b, size);
    heap_count(heap_size(b));
    return (uint8_t *)b + HEAP_HEADER;
}

static void heap_free(void *body) {
    if (!body) return;
    heap_block *b = heap_of(body);
    heap_used -= heap_size(b);
    heap_join_and_link(b);
}

/* Grow into a free neighbour where there is one, so that a long append copies little. */
static int heap_extend(heap_block *b, uint32_t size) {
    heap_block *after = heap_after(b);
    uint32_t had = heap_size(b);
    if (!(after->size & HEAP_FREE) || had + HEAP_HEADER + heap_size(after) < size) return 0;
    if (heap_limit && heap_used + (size - had) > heap_limit) return 0;
    heap_unlink(after);
    b->size = had + HEAP_HEADER + heap_size(after);
    heap_after(b)->before = heap_size(b);
    heap_trim(b, size);
    heap_used -= had;
    heap_count(heap_size(b));
    return 1;
}

static void *heap_realloc(void *body, size_t wanted) {
    if (!body) return heap_alloc(wanted);
    if (wanted > 0x7fff0000u) return NULL;
    heap_block *b = heap_of(body);
    uint32_t size = heap_round(wanted), had = heap_size(b);
    if (size <= had) {
        heap_trim(b, size);
        heap_used -= had - heap_size(b);
        return body;
    }
    if (heap_extend(b, size)) return body;
    void *moved = heap_alloc(wanted);
    if (!moved) return NULL;
    memcpy(moved, body, had);
    heap_free(body);
    return moved;
}

static void *heap_js_calloc(void *opaque, size_t count, size_t size) {
    (void)opaque;
    uint64_t total = (uint64_t)count * size;
    void *body = total > 0x7fff0000u ? NULL : heap_alloc((size_t)total);
    return body ? memset(body, 0, (size_t)total) : NULL;
}
static void *heap_js_malloc(void *opaque, size_t size) { (void)opaque; return heap_alloc(size); }
static void heap_js_free(void *opaque, void *body) { (void)opaque; heap_free(body); }
static void *heap_js_realloc(void *opaque, void *body, size_t size) {
    (void)opaque;
    return heap_realloc(body, size);
}
static size_t heap_js_usable(const void *body) { return body ? heap_size(heap_of(body)) : 0; }

static const JSMallocFunctions heap_functions = {
    heap_js_calloc, heap_js_malloc, heap_js_free, heap_js_realloc, heap_js_usable,
};

/* The few places of the engine that call the C library's allocator get this one too. */
void *malloc(size_t size) { return heap_alloc(size); }
void free(void *body) { heap_free(body); }
void *realloc(void *body, size_t size) { return heap_realloc(body, size); }
void *calloc(size_t count, size_t size) { return heap_js_calloc(NULL, count, size); }

#endif
