/*
 * What a post of the board is about: its topic.  The numbers are on disk and
 * never change.
 */
#ifndef YZ_CORE_POST_TOPIC_H
#define YZ_CORE_POST_TOPIC_H

#include "core/span.h"
#include "core/status.h"

typedef enum {
    YZ_POST_NEED = 0, /* a worker needs an item */
    YZ_POST_OFFER,    /* a worker gives one away */
    YZ_POST_JOB,      /* a job, told by the union's staff */
    YZ_POST_NOTICE,   /* a notice of theirs */
    YZ_POST_TOPIC_COUNT
} yz_post_topic;

/* Every topic, as bits. */
#define YZ_POST_TOPICS_ALL ((1u << YZ_POST_TOPIC_COUNT) - 1)

/* Reads exactly need, offer, job or notice.  YZ_OK or YZ_BAD_INPUT. */
yz_status yz_post_topic_parse(yz_span text, yz_post_topic *topic);

/* Word and Chinese label; "" outside of the enum; static storage. */
const char *yz_post_topic_word(yz_post_topic topic);
const char *yz_post_topic_label(yz_post_topic topic);

#endif
