# yizhan: everything that is compiled.  `make help` lists the targets.
# BUILD=dir builds somewhere else, CC=clang with another compiler,
# SANITIZE=1 with ASan and UBSan, NGINX_SRC=dir against an nginx source tree.

BUILD ?= build
CC ?= cc
CLANG ?= clang-14
CLANG_FORMAT ?= clang-format-14
WARNINGS = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Werror
OPTIMIZE ?= -O2 -g
SANITIZERS = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
ifdef SANITIZE
OPTIMIZE = -O1 -g $(SANITIZERS)
endif
# No contraction: a distance has the same bits on every machine.
YZ_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -fPIC -ffp-contract=off $(WARNINGS) \
	$(OPTIMIZE) $(CFLAGS)
LIBS_SCHEMA = -llmdb -lxxhash -lcrypto -lm
LIBS_ADMIN = -Wl,--as-needed -lyajl -lmicrohttpd -ljwt -lcurl $(LIBS_SCHEMA) \
	-lpthread

CORE_SRC = $(sort $(wildcard core/*.c))
SCHEMA_SRC = $(sort $(wildcard lmdb_schema/*.c))
ADMIN_SRC = $(sort $(wildcard admin/*/*.c))
UNIT_SRC = $(sort $(wildcard t/unit/*_test.c))
FUZZ_SRC = $(sort $(wildcard t/fuzz/*_fuzz.c))

CORE_OBJ = $(CORE_SRC:%.c=$(BUILD)/%.o)
SCHEMA_OBJ = $(SCHEMA_SRC:%.c=$(BUILD)/%.o)
ADMIN_OBJ = $(ADMIN_SRC:%.c=$(BUILD)/%.o)
# What tests of admin/ link: everything but the two main().
COMMAND_OBJ = $(BUILD)/admin/command/yizhan.o
DAEMON_OBJ = $(BUILD)/admin/daemon/yizhan_admind.o
ADMIN_LIB_OBJ = $(filter-out $(COMMAND_OBJ) $(DAEMON_OBJ),$(ADMIN_OBJ))
UNIT_BIN = $(UNIT_SRC:t/unit/%.c=$(BUILD)/t/unit/%)
FUZZ_BIN = $(FUZZ_SRC:t/fuzz/%.c=$(BUILD)/t/fuzz/%)
MODULE = $(BUILD)/ngx_http_yizhan_module.so

.PHONY: all
all: $(BUILD)/yizhan $(BUILD)/yizhan-admind $(MODULE) ## build everything

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libcore.a: $(CORE_OBJ)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/libschema.a: $(SCHEMA_OBJ)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/libadmin.a: $(ADMIN_LIB_OBJ)
	rm -f $@ && ar rcs $@ $^

.PHONY: command
command: $(BUILD)/yizhan ## build the yizhan command alone

$(BUILD)/yizhan: $(COMMAND_OBJ) $(BUILD)/libadmin.a \
		$(BUILD)/libschema.a $(BUILD)/libcore.a
	$(CC) $(YZ_CFLAGS) -o $@ $^ $(LIBS_ADMIN)

.PHONY: daemon
daemon: $(BUILD)/yizhan-admind ## build the writing daemon alone

$(BUILD)/yizhan-admind: $(DAEMON_OBJ) $(BUILD)/libadmin.a \
		$(BUILD)/libschema.a $(BUILD)/libcore.a
	$(CC) $(YZ_CFLAGS) -o $@ $^ $(LIBS_ADMIN)

# The nginx module.  Debian's nginx-dev lies in /usr/share/nginx/src; any
# other tree serves as well.  nginx's configure writes into its own tree, so
# it works on a copy, and the tree given stays as it was.
NGINX_SRC ?= /usr/share/nginx/src
NGINX_COPY = $(BUILD)/nginx
# The warnings are nginx's own set and -Werror, which its configure adds.
NGINX_CC_OPT = -std=gnu11 -D_GNU_SOURCE -fPIC -ffp-contract=off $(OPTIMIZE) \
	-Wshadow -Wmissing-prototypes -Wvla $(CFLAGS)
NGINX_LD_OPT = $(if $(SANITIZE),$(SANITIZERS)) $(LDFLAGS)
NGINX_HEADERS = $(wildcard core/*.h lmdb_schema/*.h ngx_module/*.h)
NGINX_SOURCES = $(wildcard core/*.c lmdb_schema/*.c ngx_module/*.c)

.PHONY: module
module: $(MODULE) ## build the nginx module alone

# A change of any of these means another copy, configured anew.
NGINX_STAMP = $(CC) $(NGINX_SRC) $(NGINX_CC_OPT) $(NGINX_LD_OPT) \
	$(sort $(NGINX_SOURCES) $(NGINX_HEADERS))
$(BUILD)/nginx.stamp: FORCE
	@mkdir -p $(@D)
	@echo '$(NGINX_STAMP)' | cmp -s - $@ || echo '$(NGINX_STAMP)' >$@
.PHONY: FORCE
FORCE:

$(NGINX_COPY)/objs/Makefile: config config.make $(BUILD)/nginx.stamp \
		scripts/lib/configure_nginx
	scripts/lib/configure_nginx '$(NGINX_SRC)' '$(NGINX_COPY)' '$(CC)' \
		'$(NGINX_CC_OPT)' '$(NGINX_LD_OPT)'

$(MODULE): $(NGINX_COPY)/objs/Makefile $(NGINX_SOURCES) $(NGINX_HEADERS) \
		openapi.json
	$(MAKE) -C $(NGINX_COPY) -f objs/Makefile modules
	cp $(NGINX_COPY)/objs/ngx_http_yizhan_module.so $@.new
	mv $@.new $@

# A unit test links all three libraries; what it does not use stays out.
$(BUILD)/t/unit/%: t/unit/%.c $(BUILD)/libadmin.a $(BUILD)/libschema.a \
		$(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libadmin.a \
		$(BUILD)/libschema.a $(BUILD)/libcore.a -lcmocka $(LIBS_ADMIN)

# Tests of core/ alone: nothing but libc and cmocka.
$(BUILD)/t/unit-core/%: t/unit/%.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -MMD -MP -o $@ $< $(BUILD)/libcore.a -lcmocka -lm

.PHONY: unit
unit: $(UNIT_BIN) ## build all unit tests

# Fuzzers need clang's libFuzzer, so everything they link is built again
# with clang, ASan and UBSan in a directory of its own.
FUZZ_BUILD = $(BUILD)/fuzz
FUZZ_CFLAGS = -O1 -g $(SANITIZERS) -fsanitize=fuzzer-no-link
FUZZ_S ?= 600

.PHONY: fuzzers
fuzzers: ## build all fuzzers
	$(MAKE) BUILD=$(FUZZ_BUILD) CC=$(CLANG) OPTIMIZE='$(FUZZ_CFLAGS)' \
		fuzz-binaries

.PHONY: fuzz-binaries
fuzz-binaries: $(FUZZ_BIN)

$(BUILD)/t/fuzz/%: t/fuzz/%.c $(BUILD)/libadmin.a $(BUILD)/libschema.a \
		$(BUILD)/libcore.a
	@mkdir -p $(@D)
	$(CC) $(YZ_CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< \
		$(BUILD)/libadmin.a $(BUILD)/libschema.a $(BUILD)/libcore.a \
		$(LIBS_ADMIN)

.PHONY: fuzz
fuzz: fuzzers ## run each fuzzer FUZZ_S seconds (600)
	scripts/lib/fuzz $(FUZZ_BUILD) $(FUZZ_S)

.PHONY: fuzz-short
fuzz-short: fuzzers ## run each fuzzer 5 seconds
	scripts/lib/fuzz $(FUZZ_BUILD) 5

.PHONY: lint
lint: ## format, include direction, sizes, banned calls, symbols
	scripts/lint

.PHONY: format
format: ## rewrite the C files with clang-format (not nginx's)
	$(CLANG_FORMAT) -i $(wildcard core/*.[ch] lmdb_schema/*.[ch] \
		admin/*/*.[ch] t/*/*.[ch])

.PHONY: test
test: ## run all tests, as scripts/test does
	scripts/test

N ?= 100
.PHONY: crash
crash: all ## kill -9 N times: loads, and the daemon under load
	N=$(N) BUILD=$(BUILD) prove -v t/fault/crash.t t/fault/daemon_crash.t

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | \
		awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
