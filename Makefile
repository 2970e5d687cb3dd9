# SPDX-License-Identifier: BSD-2-Clause
#
#   make             build/execsnoop-c
#   make deps        install what the build and the tests need
#   make run         trace, as root
#   make test        all tests; as root nothing is skipped
#   make test-kernels  the tracer on other kernels, in an emulator; make deps-kernels comes first
#   make test SUITES=fleet  the way into a central database; make deps-fleet comes first
#   make fuzz        try hostile input for T=60 seconds in all; needs clang
#   make bench       write docs/overhead.md, with the peers that are installed; half an hour
#   make bench BASE=<rev>  compare with a build of that revision
#   make deps-bench  install the peers
#   make bench-listeners  measure what a listener of the proc connector costs
#   make bench-limit  compare with the least that such a tracer can cost
#   make lint        format, static analysis, shell scripts, manual page
#   make install     into $(DESTDIR)$(prefix)
#
# V=1 shows the commands, SAN=address,undefined builds with sanitizers, WERROR=1
# makes warnings errors.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
DESTDIR ?=

CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(shell packaging/deps --bpftool)
CFLAGS ?= -O2 -g
# Recursive on purpose: asked for when it is needed, after make deps.
ARCH = $(shell $(CC) -dumpmachine | sed 's/^x86_64.*/x86/; s/^i[3-6]86.*/x86/; s/^aarch64.*/arm64/; \
	s/^arm.*/arm/; s/^powerpc64.*/powerpc/; s/^s390x.*/s390/; s/^riscv.*/riscv/; s/-.*//')

B := build

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifneq ($(WERROR),)
WARNINGS += -Werror
endif
ifneq ($(SAN),)
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I$(B) $(WARNINGS) $(CFLAGS) $(SANFLAGS) -pthread
ALL_LDFLAGS = $(SANFLAGS) $(LDFLAGS)
LIBS := -lbpf -lelf -lz -lm
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_$(ARCH) -Ivmlinux -Ibpf \
	-Wall -Wextra -Wshadow -Wno-unused-parameter $(if $(WERROR),-Werror)

BPF_OBJS := $(addprefix $(B)/bpf/,maps.bpf.o exec.bpf.o fork.bpf.o exit.bpf.o comm.bpf.o failed.bpf.o)

LIB_OBJS := $(addprefix $(B)/user/,buf.o capture_block.o capture_format.o capture_read.o capture_write.o clock.o command.o decode.o doctor.o doctor_probe.o doctor_report.o enrich.o env.o event.o field.o filter.o json.o log.o cgroup.o cn.o procfs.o pattern.o pidmap.o \
	opts.o opts_filter.o opts_help.o opts_record.o out.o parts.o pipeline.o proctab.o record.o record_sync.o ring.o stats.o text.o users.o \
	source/bpf.o source/bpf_failed.o source/bpf_handler.o source/bpf_why.o source/list.o source/cn_queue.o source/cn_socket.o source/reader.o source/connector.o source/replay.o \
	sink/cells.o sink/columns.o sink/json.o sink/lifecycle.o sink/list.o sink/table.o sink/tree.o \
	$(addprefix bench/,bench.o child.o conf.o count.o crowd.o hist.o host.o html.o plot.o probe.o \
		report.o results.o round.o stop.o tracer.o workload.o))

UNIT_TESTS := $(addprefix $(B)/tests/unit/,text_test json_test buf_test clock_test decode_test \
	doctor_test capture_test env_test field_test users_test proctab_test filter_test pattern_test pidmap_test cgroup_test cn_test cn_queue_test procfs_test opts_test sink_test stats_test vmlinux_test bench_test)
# A target is tests/fuzz/NAME_fuzz.c and its name here: see fuzzing below.
FUZZ_NAMES := capture cgroup cn decode opts proctab procfs queue sink text
FUZZ_REPLAYS := $(FUZZ_NAMES:%=$(B)/tests/fuzz/%_fuzz)
ACTOR_SRCS := $(wildcard tests/live/actor*.c tests/live/scene*.c)
HELPERS := $(B)/tests/play $(B)/tests/actor $(B)/tests/nobpf $(B)/tests/forge $(B)/tests/storm $(B)/tests/true

ifeq ($(V),)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$@';
endif

all: $(B)/execsnoop-c
.PHONY: all

# ---- the program ----

$(B)/execsnoop-c: $(B)/user/main.o $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/libexecsnoop.a: $(LIB_OBJS)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/user/%.o: user/%.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What is made and included: it must be there before the first compilation of its user.
$(B)/user/source/bpf.o: $(B)/execsnoop.skel.h
$(B)/user/bench/workload.o: $(B)/user/bench/true.inc

# The benchmark's program. No libc: the shortest life there is.
$(B)/user/bench/true: user/bench/true.c user/bench/exit_now.h $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -g0 -static -nostdlib -ffreestanding \
		-fno-asynchronous-unwind-tables -s -Wl,--build-id=none -o $@ $<

$(B)/user/bench/true.inc: $(B)/user/bench/true
	$(call say,EMBED)
	$(Q){ echo '/* The program true.c, generated. */'; echo 'static const unsigned char bench_true[] = {'; \
		od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g'; echo '};'; } > $@

# ---- the BPF programs ----

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/bpfflags
	$(call say,BPF)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/execsnoop.bpf.o: $(BPF_OBJS)
	$(call say,BPFLINK)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/execsnoop.skel.h: $(B)/execsnoop.bpf.o
	$(call say,SKEL)
	$(Q){ echo "/* NOLINTBEGIN: generated */"; $(BPFTOOL) gen skeleton $< name execsnoop_bpf && \
		echo "/* NOLINTEND */"; } > $@

# ---- rebuild when the flags change: a stamp that is touched only then ----

define stamp
	$(Q)mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@
endef

$(B)/cflags: FORCE
	$(call stamp,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))

$(B)/bpfflags: FORCE
	$(call stamp,$(CLANG) $(BPF_CFLAGS))

FORCE:
.PHONY: FORCE

# ---- packages ----

# To run it, the build's packages will do; all else wants those of the tests too.
deps:
	@packaging/deps $(if $(filter run,$(MAKECMDGOALS)),build,test)
.PHONY: deps

# What only the tests on other kernels need.
deps-kernels:
	@packaging/deps-kernels
.PHONY: deps-kernels

# `make -j deps deps-kernels test`: one after the other.
deps_goals := $(filter deps deps-kernels,$(MAKECMDGOALS))
ifneq ($(deps_goals),)
$(B)/cflags $(B)/bpfflags: | $(deps_goals)
endif
ifeq ($(words $(deps_goals)),2)
deps-kernels: | deps
endif

# ---- use ----

COMPLETIONS := bash-completion/completions/execsnoop-c zsh/site-functions/_execsnoop-c \
	fish/vendor_completions.d/execsnoop-c.fish
MANUALS := docs/execsnoop-c.8 docs/execsnoop-c-bench.8

run: $(B)/execsnoop-c
	@$(B)/execsnoop-c $(ARGS)

install: $(B)/execsnoop-c
	install -D -m 755 $(B)/execsnoop-c $(DESTDIR)$(bindir)/execsnoop-c
	install -d $(DESTDIR)$(mandir)/man8
	install -m 644 $(MANUALS) $(DESTDIR)$(mandir)/man8
	mkdir -p $(addprefix $(DESTDIR)$(datadir)/,$(dir $(COMPLETIONS)))
	$(B)/execsnoop-c --completion bash >$(DESTDIR)$(datadir)/$(word 1,$(COMPLETIONS))
	$(B)/execsnoop-c --completion zsh >$(DESTDIR)$(datadir)/$(word 2,$(COMPLETIONS))
	$(B)/execsnoop-c --completion fish >$(DESTDIR)$(datadir)/$(word 3,$(COMPLETIONS))

uninstall:
	rm -f $(DESTDIR)$(bindir)/execsnoop-c $(addprefix $(DESTDIR)$(mandir)/man8/,$(notdir $(MANUALS))) \
		$(addprefix $(DESTDIR)$(datadir)/,$(COMPLETIONS))

clean:
	rm -rf $(B)
.PHONY: run install uninstall clean

# ---- one static file, for hosts without libbpf and for the kernel tests ----

static: $(B)/static/execsnoop-c
.PHONY: static

$(B)/static/execsnoop-c: $(B)/user/main.o $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) -static -pthread -o $@ $^ $(LIBS)

$(B)/static/actor: $(ACTOR_SRCS) $(wildcard tests/live/*.h) $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -static -pthread -o $@ $(ACTOR_SRCS)

# ---- tests ----

FLEET_TEST := $(addprefix $(B)/tests/,mock multiply storm true)
KERNEL_TEST := $(B)/static/execsnoop-c $(B)/static/actor

test: $(B)/execsnoop-c $(UNIT_TESTS) $(FUZZ_REPLAYS) $(HELPERS) $(if $(filter kernels,$(SUITES)),$(KERNEL_TEST)) \
	$(if $(filter fleet,$(SUITES)),$(FLEET_TEST))
	@tests/run $(SUITES)

bench: $(B)/execsnoop-c $(B)/tests/storm $(B)/tests/true $(B)/tests/multiply
	@BASE=$(BASE) BUILD=$(B) tests/bench/run
	@tests/bench/capture

deps-bench deps-browser deps-fleet: deps-%:
	@packaging/deps $*

bench-listeners: $(B)/tests/storm $(B)/tests/true $(B)/tests/forge
	@tests/bench/listeners

bench-limit: $(B)/execsnoop-c $(B)/tests/storm $(B)/tests/true $(B)/tests/limit
	@BUILD=$(B) tests/bench/limit

lint: $(B)/execsnoop-c $(B)/user/bench/true.inc
	@tests/lint/run

# Kernels are fetched, and one is built, into a cache outside of the tree.
test-kernels: $(KERNEL_TEST)
	@tests/kernels/run $(KERNELS)
.PHONY: test bench deps-bench deps-browser deps-fleet bench-listeners bench-limit lint test-kernels

$(B)/tests/unit/%_test: $(B)/tests/unit/%_test.o $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

$(B)/tests/unit/%.o: tests/unit/%.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Iuser -Ibpf -MMD -MP -c -o $@ $<

$(B)/tests/play: $(B)/tests/golden/play.o $(B)/tests/golden/scene.o $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/golden/%.o: tests/golden/%.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Iuser -MMD -MP -c -o $@ $<

$(B)/tests/unit/vmlinux_test: | $(B)/execsnoop.bpf.o

# The actor plays what is traced: without sanitizers, so that its processes are plain.
TOOL_CFLAGS = -std=gnu11 $(WARNINGS) -O2 -g

$(B)/tests/actor: $(ACTOR_SRCS) $(wildcard tests/live/*.h) $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -pthread -o $@ $(ACTOR_SRCS)

$(B)/tests/nobpf: tests/live/nobpf.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -o $@ $<

$(B)/tests/forge: tests/live/forge.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -o $@ $<

$(B)/tests/storm: tests/bench/storm.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -o $@ $<

$(B)/tests/multiply: tests/bench/multiply.c $(B)/libexecsnoop.a
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Iuser $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# As above, for `make -j deps deps-fleet test SUITES=fleet`.
deps-fleet: | $(deps_goals)
$(B)/tests/mock: | $(filter deps-fleet,$(MAKECMDGOALS))

$(B)/tests/mock: tests/fleet/mock.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -o $@ $< -lrdkafka

$(B)/tests/limit.bpf.o: tests/bench/limit.bpf.c tests/bench/limit.h $(B)/bpfflags
	$(call say,BPF)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(B)/tests/limit.skel.h: $(B)/tests/limit.bpf.o
	$(call say,SKEL)
	$(Q)$(BPFTOOL) gen skeleton $< name limit_bpf >$@

$(B)/tests/limit: tests/bench/limit.c tests/bench/limit.h $(B)/tests/limit.skel.h $(B)/libexecsnoop.a
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -Iuser -Ibpf $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(LIBS)

$(B)/tests/true: $(B)/user/bench/true
	$(Q)mkdir -p $(@D) && cp $< $@

# ---- fuzzing ----

# make test replays tests/fuzz/corpus/NAME with the compiler and the flags of all else; make fuzz
# makes inputs up, with clang's libFuzzer.
FUZZ_HELP := made oracle_json oracle_shell
FUZZ_SAN := address,undefined
FUZZ_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I$(B) $(WARNINGS) -O2 -g -pthread -fno-omit-frame-pointer \
	-fsanitize=$(FUZZ_SAN) -fno-sanitize-recover=all -Iuser -Ibpf -DSHELL_EVERY=256
FUZZ_TARGETS := $(FUZZ_NAMES:%=$(B)/fuzz/%_fuzz)
FUZZ_OBJS := $(FUZZ_HELP:%=$(B)/fuzz/tests/fuzz/%.o) $(LIB_OBJS:$(B)/%=$(B)/fuzz/%)

fuzz: $(FUZZ_TARGETS)
	@tests/fuzz/run $(TARGETS)
.PHONY: fuzz

$(FUZZ_TARGETS): $(B)/fuzz/%_fuzz: $(B)/fuzz/tests/fuzz/%_fuzz.o $(FUZZ_OBJS)
	$(call say,LINK)
	$(Q)$(CLANG) -fsanitize=fuzzer,$(FUZZ_SAN) -o $@ $^ -ljansson $(LIBS)

$(B)/fuzz/%.o: %.c $(B)/fuzzflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) $(FUZZ_COVER) -MMD -MP -c -o $@ $<

# Of what only judges, no new path is worth an input.
$(B)/fuzz/%.o: FUZZ_COVER = -fsanitize=fuzzer-no-link
$(FUZZ_HELP:%=$(B)/fuzz/tests/fuzz/%.o): FUZZ_COVER =

$(B)/fuzz/user/source/bpf.o: $(B)/execsnoop.skel.h
$(B)/fuzz/user/bench/workload.o: $(B)/user/bench/true.inc

$(B)/fuzzflags: FORCE
	$(call stamp,$(CLANG) $(FUZZ_CFLAGS))

$(FUZZ_REPLAYS): %: %.o $(addprefix $(B)/tests/fuzz/,replay.o $(FUZZ_HELP:=.o)) $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ljansson $(LIBS)

$(B)/tests/fuzz/%.o: tests/fuzz/%.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Iuser -Ibpf -DSHELL_EVERY=1 -MMD -MP -c -o $@ $<

-include $(LIB_OBJS:.o=.d) $(B)/user/main.d $(BPF_OBJS:.o=.d) $(UNIT_TESTS:=.d) $(B)/tests/golden/play.d $(B)/tests/golden/scene.d $(wildcard $(B)/tests/fuzz/*.d) \
	$(FUZZ_OBJS:.o=.d) $(FUZZ_NAMES:%=$(B)/fuzz/tests/fuzz/%_fuzz.d)

.DELETE_ON_ERROR:
.PRECIOUS: $(B)/tests/unit/%.o
