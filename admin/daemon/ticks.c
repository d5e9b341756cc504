/*
 * The list of ticks.
 */
#include "admin/daemon/ticks.h"

const yz_tick yz_ticks[] = {
    {.run = NULL},
};
