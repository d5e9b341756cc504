/*
 * Looks texts through for words.  Runs before the queue; called by the rules
 * of posts.
 */
#include "admin/rules/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024

/* The text without blanks, hyphens and line breaks, as far as there is room;
   how many bytes. */
static size_t
squeeze(yz_span text, char out[static TEXT_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < text.n && n < TEXT_MAX; i++) {
        char c = text.p[i];

        if (c != ' ' && c != '-' && c != '\n' && c != '\r' && c != '\t') {
            out[n++] = c;
        }
    }
    return n;
}

/* Digits of ASCII, and full-width ones, which are three bytes. */
static size_t
digit_at(const char *p, size_t n)
{
    if (p[0] >= '0' && p[0] <= '9') {
        return 1;
    }
    return n >= 3 && memcmp(p, "\xef\xbc", 2) == 0 &&
                   (unsigned char)p[2] >= 0x90 && (unsigned char)p[2] <= 0x99
               ? 3
               : 0;
}

static bool
has_number(const char *text, size_t n)
{
    int digits = 0;

    for (size_t i = 0; i < n;) {
        size_t size = digit_at(text + i, n - i);

        digits = size > 0 ? digits + 1 : 0;
        if (digits > YZ_WORDS_DIGITS) {
            return true;
        }
        i += size > 0 ? size : 1;
    }
    return false;
}

bool
yz_words_hold(yz_span list, yz_span text)
{
    char plain[TEXT_MAX];
    size_t n = squeeze(text, plain);

    if (text.n > TEXT_MAX || has_number(plain, n)) {
        return true;
    }
    while (list.n > 0) {
        const char *end = memchr(list.p, '\n', list.n);
        yz_span word = list;

        if (end != NULL) {
            word.n = (size_t)(end - list.p);
            list = (yz_span){end + 1, list.n - word.n - 1};
        } else {
            list.n = 0;
        }
        while (word.n > 0 &&
               (word.p[word.n - 1] == '\r' || word.p[word.n - 1] == ' ')) {
            word.n--;
        }
        if (word.n > 0 && word.p[0] != '#' &&
            memmem(plain, n, word.p, word.n) != NULL) {
            return true;
        }
    }
    return false;
}

bool
yz_words_file_holds(const char *path, yz_span text)
{
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    char *bytes = malloc(YZ_WORDS_FILE_MAX + 1);
    bool hold = true;

    if (file != NULL && bytes != NULL) {
        size_t n = fread(bytes, 1, YZ_WORDS_FILE_MAX + 1, file);

        hold = ferror(file) != 0 || n > YZ_WORDS_FILE_MAX ||
               yz_words_hold((yz_span){bytes, n}, text);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(bytes);
    return hold;
}
