/*
 * Why something as a whole is refused, in one English sentence.
 */
#ifndef YZ_ADMIN_REFUSAL_H
#define YZ_ADMIN_REFUSAL_H

#define YZ_REFUSAL_SIZE 512

typedef struct {
    char text[YZ_REFUSAL_SIZE]; /* "" while nothing is refused */
} yz_refusal;

/* Sets the sentence unless there is one: the first reason counts. */
void yz_refuse(yz_refusal *refusal, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
