# yizhan: everything that is compiled.  `make help` lists the targets.
# BUILD=dir builds somewhere else, CC=clang with another compiler,
# SANITIZE=1 with ASan and UBSan, NGINX_SRC=dir against an nginx source tree.

BUILD ?= build
CC ?= cc
WARNINGS = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Werror
OPTIMIZE ?= -O2 -g
ifdef SANITIZE
OPTIMIZE = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
endif
# No contraction: a distance has the same bits on every machine.
YZ_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -fPIC -ffp-contract=off $(WARNINGS) \
	$(OPTIMIZE) $(CFLAGS)
LIBS_SCHEMA = -llmdb -lxxhash -lcrypto -lm
LIBS_ADMIN = -lyajl -lqrencode $(LIBS_SCHEMA)

CORE_SRC = $(sort $(wildcard core/*.c))
SCHEMA_SRC = $(sort $(wildcard lmdb_schema/*.c))
ADMIN_SRC = $(sort $(wildcard admin/*.c))
UNIT_SRC = $(sort $(wildcard t/unit/*_test.c))

CORE_OBJ = $(CORE_SRC:%.c=$(BUILD)/%.o)
SCHEMA_OBJ = $(SCHEMA_SRC:%.c=$(BUILD)/%.o)
ADMIN_OBJ = $(ADMIN_SRC:%.c=$(BUILD)/%.o)
# What tests of admin/ link: everything but main().
ADMIN_LIB_OBJ = $(filter-out $(BUILD)/admin/yizhan.o,$(ADMIN_OBJ))
UNIT_BIN = $(UNIT_SRC:t/unit/%.c=$(BUILD)/t/unit/%)

.PHONY: all
all: $(BUILD)/yizhan

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libcore.a: $(CORE_OBJ)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/libschema.a: $(SCHEMA_OBJ)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/libadmin.a: $(ADMIN_LIB_OBJ)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/yizhan: $(BUILD)/admin/yizhan.o $(BUILD)/libadmin.a \
		$(BUILD)/libschema.a $(BUILD)/libcore.a
	$(CC) $(YZ_CFLAGS) -o $@ $^ $(LIBS_ADMIN)

# A unit test links all three libraries; what it does not use stays out.
$(BUILD)/t/unit/%: t/unit/%.c $(BUILD)/libadmin.a $(BUILD)/libschema.a \
		$(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libadmin.a \
		$(BUILD)/libschema.a $(BUILD)/libcore.a -lcmocka $(LIBS_ADMIN)

# Tests of core/ alone: make unit-core (nothing but libc and cmocka).
$(BUILD)/t/unit-core/%: t/unit/%.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libcore.a -lcmocka -lm

.PHONY: unit
unit: $(UNIT_BIN) ## build all unit tests

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | \
		awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
