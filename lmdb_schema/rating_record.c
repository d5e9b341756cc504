/*
 * The encoding of ratings.  Runs in the writer; called by the rules of
 * ratings and by what checks or dumps the state.
 */
#include "lmdb_schema/rating_record.h"
#include "lmdb_schema/record.h"

#define RATING_VERSION 1
#define RATING_HIDDEN 1
#define RATING_LATE 2

typedef struct {
    uint8_t version;
    uint8_t score;
    uint8_t flags;
    uint8_t zero;
    uint16_t comment_size;
    uint16_t reason_size;
    int64_t at_s;
    int64_t hidden_at_s;
} rating_head;

_Static_assert(sizeof(rating_head) == YZ_RATING_HEAD, "head is 24 bytes");

void
yz_rating_key_write(const yz_rating_key *key,
                    uint8_t bytes[static YZ_RATING_KEY_SIZE])
{
    yz_put_u32_be(bytes, key->place);
    yz_put_u32_be(bytes + 4, key->day);
    memcpy(bytes + 8, key->actor, YZ_ACTOR_ID_SIZE);
}

yz_status
yz_rating_key_read(yz_span bytes, yz_rating_key *key)
{
    if (bytes.n != YZ_RATING_KEY_SIZE) {
        return YZ_CORRUPT;
    }
    key->place = yz_get_u32_be(bytes.p);
    key->day = yz_get_u32_be(bytes.p + 4);
    memcpy(key->actor, bytes.p + 8, YZ_ACTOR_ID_SIZE);
    return YZ_OK;
}

static bool
is_sound(const yz_rating *rating)
{
    return rating->score >= YZ_RATING_SCORE_MIN &&
           rating->score <= YZ_RATING_SCORE_MAX &&
           rating->comment.n <= YZ_RATING_SEALED_MAX &&
           rating->reason.n <= YZ_RATING_SEALED_MAX &&
           (rating->hidden ||
            (rating->hidden_at_s == 0 && rating->reason.n == 0));
}

yz_status
yz_rating_encode(const yz_rating *rating, uint8_t *bytes, size_t cap,
                 size_t *size)
{
    rating_head head = {.version = RATING_VERSION};

    if (!is_sound(rating)) {
        return YZ_BAD_INPUT;
    }
    *size = sizeof(head) + rating->comment.n + rating->reason.n;
    if (*size > cap) {
        return YZ_FULL;
    }
    head.score = rating->score;
    head.flags = (uint8_t)((rating->late ? RATING_LATE : 0) |
                           (rating->hidden ? RATING_HIDDEN : 0));
    head.comment_size = (uint16_t)rating->comment.n;
    head.reason_size = (uint16_t)rating->reason.n;
    head.at_s = rating->at_s;
    head.hidden_at_s = rating->hidden_at_s;
    memcpy(bytes, &head, sizeof(head));
    bytes += sizeof(head);
    if (rating->comment.n > 0) {
        memcpy(bytes, rating->comment.p, rating->comment.n);
    }
    if (rating->reason.n > 0) {
        memcpy(bytes + rating->comment.n, rating->reason.p, rating->reason.n);
    }
    return YZ_OK;
}

yz_status
yz_rating_decode(yz_span bytes, yz_rating *rating)
{
    rating_head head;

    if (bytes.n < 1) {
        return YZ_CORRUPT;
    }
    if ((uint8_t)bytes.p[0] != RATING_VERSION) {
        return YZ_FORMAT;
    }
    if (bytes.n < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, bytes.p, sizeof(head));
    if (bytes.n != sizeof(head) + head.comment_size + head.reason_size ||
        head.zero != 0 || (head.flags & ~(RATING_LATE | RATING_HIDDEN)) != 0) {
        return YZ_CORRUPT;
    }
    *rating = (yz_rating){
        .score = head.score,
        .late = (head.flags & RATING_LATE) != 0,
        .hidden = (head.flags & RATING_HIDDEN) != 0,
        .at_s = head.at_s,
        .hidden_at_s = head.hidden_at_s,
        .comment = {bytes.p + sizeof(head), head.comment_size},
        .reason = {bytes.p + sizeof(head) + head.comment_size,
                   head.reason_size},
    };
    return is_sound(rating) ? YZ_OK : YZ_CORRUPT;
}
