/*
 * A queue and a few threads.  work.c pushes slow steps and gets them back in
 * `run`.
 */
#include "admin/daemon/helpers.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS_MAX 16

struct yz_helpers {
    void (*run)(void *context, yz_exchange *x);
    void *context;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    yz_exchange *first; /* under the mutex, as are `last` and `stopping` */
    yz_exchange **last;
    bool stopping;
    unsigned count;
    pthread_t threads[THREADS_MAX];
};

static yz_exchange *
take(yz_helpers *h)
{
    yz_exchange *x;

    pthread_mutex_lock(&h->mutex);
    while (h->first == NULL && !h->stopping) {
        pthread_cond_wait(&h->wake, &h->mutex);
    }
    x = h->first;
    if (x != NULL) {
        h->first = x->next;
        h->last = h->first == NULL ? &h->first : h->last;
        x->next = NULL;
    }
    pthread_mutex_unlock(&h->mutex);
    return x;
}

static void *
work(void *argument)
{
    yz_helpers *h = argument;
    yz_exchange *x;

    while ((x = take(h)) != NULL) {
        h->run(h->context, x);
    }
    return NULL;
}

yz_status
yz_helpers_start(unsigned threads, void (*run)(void *context, yz_exchange *x),
                 void *context, yz_helpers **helpers)
{
    yz_helpers *h = calloc(1, sizeof(*h));

    *helpers = NULL;
    if (h == NULL) {
        return YZ_NOMEM;
    }
    h->run = run;
    h->context = context;
    h->last = &h->first;
    pthread_mutex_init(&h->mutex, NULL);
    pthread_cond_init(&h->wake, NULL);
    while (h->count < threads && h->count < THREADS_MAX) {
        if (pthread_create(&h->threads[h->count], NULL, work, h) != 0) {
            yz_helpers_stop(h);
            return YZ_IO;
        }
        h->count++;
    }
    *helpers = h;
    return YZ_OK;
}

void
yz_helpers_push(yz_helpers *helpers, yz_exchange *x)
{
    x->next = NULL;
    pthread_mutex_lock(&helpers->mutex);
    *helpers->last = x;
    helpers->last = &x->next;
    pthread_mutex_unlock(&helpers->mutex);
    pthread_cond_signal(&helpers->wake);
}

void
yz_helpers_stop(yz_helpers *helpers)
{
    if (helpers == NULL) {
        return;
    }
    pthread_mutex_lock(&helpers->mutex);
    helpers->stopping = true;
    pthread_mutex_unlock(&helpers->mutex);
    pthread_cond_broadcast(&helpers->wake);
    for (unsigned i = 0; i < helpers->count; i++) {
        pthread_join(helpers->threads[i], NULL);
    }
    pthread_cond_destroy(&helpers->wake);
    pthread_mutex_destroy(&helpers->mutex);
    free(helpers);
}
