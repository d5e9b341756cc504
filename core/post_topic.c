/*
 * Words of a post's topics.  Queries, rules and rendering call it.
 */
#include "core/post_topic.h"

static const struct {
    const char *word;
    const char *label;
} topics[YZ_POST_TOPIC_COUNT] = {
    [YZ_POST_NEED] = {"need", "求助"},
    [YZ_POST_OFFER] = {"offer", "提供"},
    [YZ_POST_JOB] = {"job", "招工"},
    [YZ_POST_NOTICE] = {"notice", "通知"},
};

yz_status
yz_post_topic_parse(yz_span text, yz_post_topic *topic)
{
    for (int i = 0; i < YZ_POST_TOPIC_COUNT; i++) {
        if (yz_span_equal(text, yz_span_of(topics[i].word))) {
            *topic = (yz_post_topic)i;
            return YZ_OK;
        }
    }
    return YZ_BAD_INPUT;
}

const char *
yz_post_topic_word(yz_post_topic topic)
{
    return (unsigned)topic < YZ_POST_TOPIC_COUNT ? topics[topic].word : "";
}

const char *
yz_post_topic_label(yz_post_topic topic)
{
    return (unsigned)topic < YZ_POST_TOPIC_COUNT ? topics[topic].label : "";
}
