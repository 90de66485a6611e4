/* A pool of threads that share out numbered tasks.
 *
 * One job at a time: a second caller finds the pool taken and does its tasks itself. Workers
 * that find nothing to do look again for some microseconds and then sleep. A child after
 * fork() has no workers and starts its own. Which thread does a task must not change what
 * it computes: that is the tasks' business. */
#ifndef FASTGRU_POOL_H
#define FASTGRU_POOL_H

#if !defined(_POSIX_C_SOURCE) && !defined(_GNU_SOURCE)
#define _POSIX_C_SOURCE 200112L /* for clock_gettime, where the dialect is strict */
#endif

#include <stddef.h>

typedef void (*fastgru_task)(void *context, ptrdiff_t number);

/* Tasks run with tiny numbers flushed to zero: gradients that fade over a thousand steps,
 * and the slots of parameters long without one, would cost a hundred times as much as
 * others. The control register is put back behind the task. */
#if defined(__GNUC__) && defined(__x86_64__)
typedef unsigned int pool_control;
static inline pool_control pool_flush(void)
{
    const pool_control before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | 0x8040u); /* FTZ and DAZ */
    return before;
}
static inline void pool_restore(pool_control before)
{
    __builtin_ia32_ldmxcsr(before);
}
#elif defined(__GNUC__) && defined(__aarch64__)
typedef unsigned long long pool_control;
static inline pool_control pool_flush(void)
{
    pool_control before;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(before));
    __asm__ __volatile__("msr fpcr, %0" ::"r"(before | (1ull << 24)));
    return before;
}
static inline void pool_restore(pool_control before)
{
    __asm__ __volatile__("msr fpcr, %0" ::"r"(before));
}
#else
typedef int pool_control;
static inline pool_control pool_flush(void)
{
    return 0;
}
static inline void pool_restore(pool_control before)
{
    (void)before;
}
#endif

static void pool_alone(ptrdiff_t tasks, fastgru_task task, void *context)
{
    const pool_control before = pool_flush();
    for (ptrdiff_t number = 0; number < tasks; ++number)
        task(context, number);
    pool_restore(before);
}

#if defined(__GNUC__) && !defined(_WIN32)
#include <pthread.h>
#include <sched.h>
#include <time.h>

#define FASTGRU_MOST_THREADS 256
/* How long a worker looks for the next job before it sleeps: while jobs come that fast, as long
 * as it would take to wake it; for so many jobs after a look in vain, hardly at all. In the
 * mean that is less than eight microseconds a job in vain. */
#define FASTGRU_LOOK_NS 100000
#define FASTGRU_GLANCE_NS 5000
#define FASTGRU_GLANCES 32

static struct {
    pthread_mutex_t busy, lock;
    pthread_cond_t wake;
    int workers, sleeping, wanted, hooked;
    unsigned job;
    fastgru_task task;
    void *context;
    ptrdiff_t running;
    int shares;
    /* Each thread has a stretch of tasks of its own, [next, end). */
    struct {
        ptrdiff_t next, end;
    } __attribute__((aligned(64))) share[FASTGRU_MOST_THREADS];
} pool = {.busy = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER};

static inline void pool_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* A thread's own tasks first: in job after job on the same arrays they are the same ones, so
 * that its cache has their rows. Then what others have not begun. */
static void pool_work(int rank)
{
    const pool_control before = pool_flush();
    for (int i = 0; i < pool.shares; ++i) {
        const int of = (rank + i) % pool.shares;
        const ptrdiff_t end = pool.share[of].end;
        ptrdiff_t number;
        while ((number = __atomic_fetch_add(&pool.share[of].next, 1, __ATOMIC_ACQ_REL)) < end)
            pool.task(pool.context, number);
    }
    pool_restore(before);
}

/* Take part in the job if it is still open and has a share for this worker; `running`
 * counts who may be in its tasks. */
static void pool_join(int rank)
{
    pthread_mutex_lock(&pool.lock);
    const int open = rank < pool.wanted;
    if (open)
        __atomic_add_fetch(&pool.running, 1, __ATOMIC_ACQ_REL);
    pthread_mutex_unlock(&pool.lock);
    if (open) {
        pool_work(rank);
        __atomic_sub_fetch(&pool.running, 1, __ATOMIC_ACQ_REL);
    }
}

static long long pool_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Wait for another job than the one seen, but not for long; returns whether there is one. */
static int pool_look(unsigned seen, long long ns)
{
    const long long end = pool_now() + ns;
    do
        for (int i = 0; i < 16; ++i) {
            if (__atomic_load_n(&pool.job, __ATOMIC_ACQUIRE) != seen)
                return 1;
            pool_pause();
        }
    while (pool_now() < end);
    return 0;
}

static void *pool_worker(void *number)
{
    const int rank = (int)(size_t)number;
    /* It may come too late for the job that it was started for, and waits for the next. */
    unsigned seen = __atomic_load_n(&pool.job, __ATOMIC_ACQUIRE);
    for (int glances = 0;;) {
        const int found = pool_look(seen, glances ? FASTGRU_GLANCE_NS : FASTGRU_LOOK_NS);
        if (glances)
            --glances;
        else if (!found)
            glances = FASTGRU_GLANCES;
        pthread_mutex_lock(&pool.lock);
        while (pool.job == seen) {
            ++pool.sleeping;
            pthread_cond_wait(&pool.wake, &pool.lock);
            --pool.sleeping;
        }
        seen = pool.job;
        pthread_mutex_unlock(&pool.lock);
        pool_join(rank);
    }
    return NULL;
}

static void pool_after_fork(void)
{
    pthread_mutex_init(&pool.busy, NULL);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.wake, NULL);
    pool.workers = pool.sleeping = pool.wanted = 0;
    pool.running = 0;
}

static void pool_grow(int workers)
{
    if (!pool.hooked) {
        pthread_atfork(NULL, NULL, pool_after_fork);
        pool.hooked = 1;
    }
    while (pool.workers < workers) {
        pthread_t thread;
        pthread_attr_t detached;
        pthread_attr_init(&detached);
        pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
        const int failed =
            pthread_create(&thread, &detached, pool_worker, (void *)(size_t)(pool.workers + 1));
        pthread_attr_destroy(&detached);
        if (failed) /* Fewer workers do the same tasks. */
            break;
        ++pool.workers;
    }
}

/* Do tasks 0 .. tasks - 1 on at most `threads` threads, the caller's included. */
static void pool_run(int threads, ptrdiff_t tasks, fastgru_task task, void *context)
{
    if (threads > tasks)
        threads = (int)tasks;
    if (threads > FASTGRU_MOST_THREADS)
        threads = FASTGRU_MOST_THREADS;
    if (threads < 2 || pthread_mutex_trylock(&pool.busy)) {
        pool_alone(tasks, task, context);
        return;
    }
    pool_grow(threads - 1);
    pthread_mutex_lock(&pool.lock);
    pool.task = task;
    pool.context = context;
    pool.shares = threads;
    for (int i = 0; i < threads; ++i) {
        pool.share[i].end = tasks * (i + 1) / threads;
        __atomic_store_n(&pool.share[i].next, tasks * i / threads, __ATOMIC_RELEASE);
    }
    pool.wanted = threads;
    __atomic_add_fetch(&pool.job, 1, __ATOMIC_ACQ_REL);
    if (pool.sleeping)
        pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
    pool_work(0);
    /* No task is left: who has not joined must not, and who has is waited for. */
    pthread_mutex_lock(&pool.lock);
    pool.wanted = 0;
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; __atomic_load_n(&pool.running, __ATOMIC_ACQUIRE) > 0; ++i)
        if (i < 2000)
            pool_pause();
        else
            sched_yield();
    pthread_mutex_unlock(&pool.busy);
}

#else

static void pool_run(int threads, ptrdiff_t tasks, fastgru_task task, void *context)
{
    (void)threads;
    pool_alone(tasks, task, context);
}

#endif

#endif
