/*
 * Opens the relay that the settings name and passes calls on to its backend.
 * The daemon opens it; the rules of contact call it.
 */
#include "admin/rules/relay_impl.h"

#include <stdio.h>
#include <stdlib.h>

/* One line's number, as long as it is one. */
static bool
is_number(yz_span text)
{
    size_t digits = 0;

    for (size_t i = text.n > 0 && text.p[0] == '+'; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        digits++;
    }
    return digits >= 5 && text.n <= YZ_RELAY_NUMBER_MAX;
}

static bool
has_number(const yz_relay_numbers *numbers, yz_span text)
{
    for (size_t i = 0; i < numbers->count; i++) {
        if (yz_span_equal(yz_span_of(numbers->all[i]), text)) {
            return true;
        }
    }
    return false;
}

static yz_span
take_line(yz_span *rest)
{
    const char *end = memchr(rest->p, '\n', rest->n);
    yz_span line = *rest;

    if (end != NULL) {
        line.n = (size_t)(end - rest->p);
        *rest = (yz_span){end + 1, rest->n - line.n - 1};
    } else {
        rest->n = 0;
    }
    while (line.n > 0 &&
           (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ')) {
        line.n--;
    }
    return line;
}

yz_status
yz_relay_numbers_parse(yz_span text, yz_relay_numbers *numbers, unsigned *line)
{
    yz_span rest = text;

    *line = 0;
    numbers->count = 0;
    numbers->all = calloc(YZ_RELAY_NUMBERS_MAX, sizeof(*numbers->all));
    if (numbers->all == NULL) {
        return YZ_NOMEM;
    }
    while (rest.n > 0) {
        yz_span number = take_line(&rest);

        ++*line;
        if (number.n == 0 || number.p[0] == '#') {
            continue;
        }
        if (!is_number(number) || has_number(numbers, number) ||
            numbers->count == YZ_RELAY_NUMBERS_MAX) {
            yz_relay_numbers_free(numbers);
            return YZ_BAD_INPUT;
        }
        memcpy(numbers->all[numbers->count++], number.p, number.n);
    }
    if (numbers->count == 0) {
        *line = 0;
        yz_relay_numbers_free(numbers);
        return YZ_BAD_INPUT;
    }
    return YZ_OK;
}

void
yz_relay_numbers_free(yz_relay_numbers *numbers)
{
    free(numbers->all);
    numbers->all = NULL;
    numbers->count = 0;
}

static yz_status
read_pool(const char *path, yz_relay_numbers *numbers, unsigned *line)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(YZ_RELAY_FILE_MAX + 1);
    yz_status status = YZ_IO;

    if (bytes == NULL) {
        status = YZ_NOMEM;
    } else if (file != NULL) {
        size_t n = fread(bytes, 1, YZ_RELAY_FILE_MAX + 1, file);

        if (ferror(file) == 0) {
            status = n > YZ_RELAY_FILE_MAX
                         ? YZ_BAD_INPUT
                         : yz_relay_numbers_parse((yz_span){bytes, n}, numbers,
                                                  line);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    free(bytes);
    return status;
}

yz_status
yz_relay_open(const yz_settings *settings, yz_relay **relay, unsigned *line)
{
    yz_status status = YZ_OK;

    *relay = NULL;
    *line = 0;
    if (settings->relay == YZ_RELAY_NONE) {
        return YZ_OK;
    }
    yz_relay *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return YZ_NOMEM;
    }
    made->backend = &yz_relay_hook;
    made->hook = &settings->relay_hook;
    if (settings->relay == YZ_RELAY_POOL) {
        made->backend = &yz_relay_pool;
        status = read_pool(settings->relay_file, &made->numbers, line);
    }
    if (status != YZ_OK) {
        free(made);
        return status;
    }
    *relay = made;
    return YZ_OK;
}

void
yz_relay_close(yz_relay *relay)
{
    if (relay != NULL) {
        yz_relay_numbers_free(&relay->numbers);
        free(relay);
    }
}

yz_status
yz_relay_bind(yz_desk *desk, const yz_relay_call *call,
              yz_relay_binding *binding, unsigned *retry_after_s)
{
    const yz_relay *relay = desk->relay;

    return relay != NULL && relay->backend->bind != NULL
               ? relay->backend->bind(desk, &relay->numbers, call, binding,
                                      retry_after_s)
               : YZ_NOT_FOUND;
}

yz_status
yz_relay_ask(yz_desk *desk, yz_exchange *x, const yz_relay_call *call,
             yz_relay_binding *binding)
{
    const yz_relay *relay = desk->relay;

    return relay != NULL && relay->backend->ask != NULL
               ? relay->backend->ask(relay->hook, x, call, binding)
               : YZ_BUSY;
}
