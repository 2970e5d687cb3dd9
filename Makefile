# SPDX-License-Identifier: BSD-2-Clause
#
#   make             build/execsnoop-c
#   make run         trace, as root; ARGS="-e all" are its options
#   make install     into $(DESTDIR)$(prefix), with the service: make install-service is that alone
#   make uninstall   remove all of that but the configurations
#   make clean       remove build/
#
#   make test        the suites unit, golden, fuzz, live and lint; .ci/run runs all
#   make test SUITES=fleet  the way into a central database; make deps-fleet comes first
#   make test-kernels  the tracer on other kernels, in an emulator; make deps-kernels comes first
#   make lint        format, static analysis, shell scripts, manual pages
#   make fuzz        try hostile input for T=60 seconds in all; needs clang
#   make soak        20 minutes of load; SECONDS_ALL=60 for less
#
#   make bench       write docs/overhead.md, with the peers that are installed; half an hour
#   make bench BASE=<rev>  compare with a build of that revision
#   make bench-listeners  measure what a listener of the proc connector costs
#   make bench-limit  compare with the least that such a tracer can cost
#
#   make static      one file for any host, and what is in it: build/static
#   make deb rpm     packages: build/deb, build/rpm; make deps-package comes first
#   make dist        the sources as an archive: build/dist
#
# Beside other targets, these install what they need, as root:
#
#   make deps        for the build and the tests; with run, install or static, for the build alone
#   make deps-kernels, deps-fleet, deps-package  for the targets above
#   make deps-bench  the peers
#   make deps-browser  a browser, in which one test looks at the page of execsnoop-c bench --html
#
# V=1 shows the commands, SAN=address,undefined builds with sanitizers, WERROR=1
# makes warnings errors.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
docdir ?= $(datadir)/doc/execsnoop-c
zshdir ?= $(datadir)/zsh/site-functions
unitdir ?= $(prefix)/lib/systemd/system
# Not below the prefix: a host has one configuration.
sysconfdir ?= /etc
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

# The same bytes wherever the sources are.
PREFIX_MAP := -ffile-prefix-map=$(CURDIR)=.

# No tables for unwinding in the program: debug information has them.
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I$(B) $(WARNINGS) $(PREFIX_MAP) -fno-asynchronous-unwind-tables $(CPPFLAGS) \
	$(CFLAGS) $(SANFLAGS) -pthread
ALL_LDFLAGS = $(SANFLAGS) $(LDFLAGS)
LIBS := -lbpf -lelf -lz -lseccomp -lm
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_$(ARCH) -Ivmlinux -Ibpf \
	-Wall -Wextra -Wshadow -Wno-unused-parameter $(PREFIX_MAP) $(if $(WERROR),-Werror)

BPF_OBJS := $(B)/bpf/programs.bpf.o
# The same for kernels without BTF: see bpf/read.h.
BPF_RAW_OBJS := $(BPF_OBJS:.bpf.o=.raw.bpf.o)

LIB_OBJS := $(addprefix $(B)/user/,buf.o caps.o namespace.o capture_block.o capture_format.o capture_read.o capture_write.o clock.o command.o config.o decode.o doctor.o doctor_probe.o doctor_report.o enrich.o env.o event.o field.o filter.o flow.o json.o log.o notify.o cgroup.o cn.o procfs.o pattern.o pidmap.o \
	opts.o opts_config.o opts_filter.o opts_help.o opts_output.o opts_record.o metrics.o metrics_file.o out.o parts.o peer.o pipeline.o privilege.o proctab.o record.o record_sync.o ring.o stats.o sysfilter.o text.o thread.o users.o \
	source/bpf.o source/bpf_argv.o source/bpf_btf.o source/bpf_count.o source/bpf_failed.o source/bpf_handler.o source/bpf_prove.o source/bpf_raw.o source/bpf_why.o source/list.o source/cn_queue.o source/cn_socket.o source/cn_threads.o source/cpus.o source/reader.o source/connector.o source/replay.o \
	sink/cells.o sink/columns.o sink/json.o sink/lifecycle.o sink/list.o sink/table.o sink/tree.o \
	$(addprefix bench/,bench.o child.o conf.o count.o crowd.o hist.o host.o html.o plot.o probe.o \
		report.o results.o round.o stop.o tracer.o workload.o))

UNIT_TESTS := $(addprefix $(B)/tests/unit/,text_test json_test buf_test notify_test clock_test config_test decode_test \
	doctor_test capture_test record_test env_test field_test log_test metrics_test peer_test users_test proctab_test \
	filter_test pattern_test pidmap_test privilege_test cgroup_test cn_test cn_queue_test cn_threads_test procfs_test \
	opts_test sink_test stats_test vmlinux_test bench_test bpf_argv_test)
# A target is tests/fuzz/NAME_fuzz.c and its name here: see fuzzing below.
FUZZ_NAMES := capture cgroup cn config decode opts proctab procfs queue sink text
FUZZ_REPLAYS := $(FUZZ_NAMES:%=$(B)/tests/fuzz/%_fuzz)
ACTOR_SRCS := $(wildcard tests/live/actor*.c tests/live/scene*.c)
HELPERS := $(B)/tests/play $(B)/tests/actor $(B)/tests/nobpf $(B)/tests/forge $(B)/tests/btfshift $(B)/tests/manager $(B)/tests/storm $(B)/tests/true $(B)/execsnoop.raw.bpf.o

ifeq ($(V),)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$@';
endif

# $(call embed,NAME): the bytes of a file as an array of C
define embed
	$(Q){ echo '/* $(notdir $<), generated. */'; \
		echo 'static const unsigned char $(1)[] __attribute__((aligned(8))) = {'; \
		od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g'; echo '};'; } > $@
endef

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
$(B)/user/source/bpf_raw.o: $(B)/execsnoop.raw.inc
$(B)/user/bench/workload.o: $(B)/user/bench/true.inc

# The benchmark's program. No libc: the shortest life there is.
$(B)/user/bench/true: user/bench/true.c user/bench/exit_now.h $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -g0 -static -nostdlib -ffreestanding \
		-fno-asynchronous-unwind-tables -s -Wl,--build-id=none -o $@ $<

$(B)/user/bench/true.inc: $(B)/user/bench/true
	$(call say,EMBED)
	$(call embed,bench_true)

# ---- the BPF programs ----

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/bpfflags
	$(call say,BPF)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/bpf/%.raw.bpf.o: bpf/%.bpf.c $(B)/bpfflags
	$(call say,BPF)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -DRAW_TP -MMD -MP -c -o $@ $<

$(B)/execsnoop.bpf.o: $(BPF_OBJS)
$(B)/execsnoop.raw.bpf.o: $(BPF_RAW_OBJS)
$(B)/execsnoop.bpf.o $(B)/execsnoop.raw.bpf.o:
	$(call say,BPFLINK)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/execsnoop.skel.h: $(B)/execsnoop.bpf.o
	$(call say,SKEL)
	$(Q){ echo "/* NOLINTBEGIN: generated */"; $(BPFTOOL) gen skeleton $< name execsnoop_bpf && \
		echo "/* NOLINTEND */"; } > $@

# The second form has no skeleton of its own: see user/source/bpf.c.
$(B)/execsnoop.raw.gz: $(B)/execsnoop.raw.bpf.o
	$(call say,GZIP)
	$(Q)gzip -9nc $< >$@

$(B)/execsnoop.raw.inc: $(B)/execsnoop.raw.gz
	$(call say,EMBED)
	$(call embed,raw_object)

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

# To run or install it, the build's packages will do; all else wants those of the tests too.
deps:
	@packaging/deps $(if $(filter run install static,$(MAKECMDGOALS)),build,test)
.PHONY: deps

# What only the tests on other kernels need.
deps-kernels:
	@packaging/deps-kernels
.PHONY: deps-kernels

# Sources, and packages made from these alone.
dist deb rpm:
	@packaging/make-$@ $(B)/$@
.PHONY: dist deb rpm

# `make -j deps deps-kernels test`: one after the other.
deps_goals := $(filter deps deps-kernels deps-package,$(MAKECMDGOALS))
ifneq ($(deps_goals),)
$(B)/cflags $(B)/bpfflags deb rpm: | $(deps_goals)
endif
ifneq ($(filter deps,$(deps_goals)),)
$(filter-out deps,$(deps_goals)): | deps
endif

# ---- use ----

MANUALS := docs/execsnoop-c.8 docs/execsnoop-c-bench.8
DOCS := README.md $(wildcard docs/capture.md docs/fleet.md)
COMPLETIONS := $(addprefix $(B)/completion/,bash zsh fish)
EXAMPLES := $(filter-out packaging/execsnoop-c.conf,$(wildcard packaging/*.conf packaging/rsyslog/*))
completion_bash = $(DESTDIR)$(datadir)/bash-completion/completions/execsnoop-c
completion_zsh = $(DESTDIR)$(zshdir)/_execsnoop-c
completion_fish = $(DESTDIR)$(datadir)/fish/vendor_completions.d/execsnoop-c.fish

run: $(B)/execsnoop-c
	@$(B)/execsnoop-c $(ARGS)

$(COMPLETIONS): $(B)/completion/%: $(B)/execsnoop-c
	$(call say,WRITE)
	$(Q)mkdir -p $(@D) && $< --completion $* >$@

# The BPF object is for bpftool: see KERNELS WITHOUT BTF in the manual.
install: $(B)/execsnoop-c $(COMPLETIONS) install-service
	install -D -m 755 $(B)/execsnoop-c $(DESTDIR)$(bindir)/execsnoop-c
	install -D -m 644 $(B)/execsnoop.raw.gz $(DESTDIR)$(datadir)/execsnoop-c/execsnoop.bpf.o.gz
	install -d $(DESTDIR)$(mandir)/man8
	install -m 644 $(MANUALS) $(DESTDIR)$(mandir)/man8
	install -D -m 644 $(B)/completion/bash $(completion_bash)
	install -D -m 644 $(B)/completion/zsh $(completion_zsh)
	install -D -m 644 $(B)/completion/fish $(completion_fish)
	install -d $(DESTDIR)$(docdir)
	install -m 644 LICENSE $(DOCS) $(DESTDIR)$(docdir)

# service_file KIND,TO: what there is of it; service_conf KIND,TO: a configuration that is there is the administrator's
service_conf = $(if $(wildcard $(DESTDIR)$2),,$(service_file))
service_file = $(if $(wildcard packaging/execsnoop-c.$1),\
	install -D -m 644 packaging/execsnoop-c.$1 $(DESTDIR)$2)

install-service:
	$(call service_file,service,$(unitdir)/execsnoop-c.service)
	$(if $(wildcard packaging/execsnoop-c.service),sed -i 's|/usr/s\?bin/execsnoop-c|$(bindir)/execsnoop-c|' \
		$(DESTDIR)$(unitdir)/execsnoop-c.service)
	$(call service_file,sysusers,$(prefix)/lib/sysusers.d/execsnoop-c.conf)
	$(call service_conf,logrotate,$(sysconfdir)/logrotate.d/execsnoop-c)
	$(call service_conf,conf,$(sysconfdir)/execsnoop-c.conf)
	$(foreach f,$(EXAMPLES),install -D -m 644 $f $(DESTDIR)$(docdir)/examples/$(f:packaging/%=%);)

# All but the configurations.
uninstall:
	rm -rf $(DESTDIR)$(datadir)/execsnoop-c
	rm -f $(DESTDIR)$(bindir)/execsnoop-c $(addprefix $(DESTDIR)$(mandir)/man8/,$(notdir $(MANUALS))) \
		$(completion_bash) $(completion_zsh) $(completion_fish) \
		$(DESTDIR)$(unitdir)/execsnoop-c.service $(DESTDIR)$(prefix)/lib/sysusers.d/execsnoop-c.conf
	rm -rf $(DESTDIR)$(docdir)

clean:
	rm -rf $(B)
.PHONY: run install install-service uninstall clean

# ---- one static file, for hosts without libbpf and for the kernel tests ----

static: $(addprefix $(B)/static/execsnoop-c,.sha256 .spdx.json)
.PHONY: static

# With the symbols, for a debugger; the build id says to which program they belong.
$(B)/static/execsnoop-c.debug: $(B)/user/main.o $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) -static -pthread -Wl,-Map,$(B)/static/execsnoop-c.map \
		-o $@ $^ $(LIBS)

$(B)/static/execsnoop-c: $(B)/static/execsnoop-c.debug
	$(call say,STRIP)
	$(Q)$$($(CC) -print-prog-name=strip) -o $@ $<

$(B)/static/execsnoop-c.sha256: $(B)/static/execsnoop-c
	$(call say,SUM)
	$(Q)cd $(@D) && sha256sum execsnoop-c >$(@F)

$(B)/static/execsnoop-c.spdx.json: $(B)/static/execsnoop-c packaging/make-sbom packaging/lib.sh LICENSE
	$(call say,SBOM)
	$(Q)packaging/make-sbom $(@D)

$(B)/static/actor: $(ACTOR_SRCS) $(wildcard tests/live/*.h) $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -static -pthread -o $@ $(ACTOR_SRCS)

# ---- tests ----

FLEET_TEST := $(addprefix $(B)/tests/,mock multiply storm true)
KERNEL_TEST := $(B)/static/execsnoop-c $(B)/static/actor
LIMITS := $(addprefix $(B)/tests/,limit limit_cn)

test: $(B)/execsnoop-c $(UNIT_TESTS) $(FUZZ_REPLAYS) $(HELPERS) $(if $(findstring kernels,$(SUITES)),$(KERNEL_TEST)) \
		$(if $(findstring package,$(SUITES)),static) $(if $(findstring fleet,$(SUITES)),$(FLEET_TEST))
	@tests/run $(SUITES)

bench: $(B)/execsnoop-c $(B)/tests/storm $(B)/tests/true $(B)/tests/multiply $(LIMITS)
	@BASE=$(BASE) BUILD=$(B) tests/bench/run

deps-bench deps-browser deps-package deps-fleet: deps-%:
	@packaging/deps $*

bench-listeners: $(B)/tests/storm $(B)/tests/true $(B)/tests/forge
	@tests/bench/listeners

bench-limit: $(B)/execsnoop-c $(B)/tests/storm $(B)/tests/true $(LIMITS)
	@BUILD=$(B) tests/bench/limit

lint: $(B)/execsnoop-c $(B)/user/bench/true.inc
	@tests/lint/run

soak: $(B)/execsnoop-c $(B)/tests/actor
	@tests/soak/run

# Kernels are fetched, and one is built, into a cache outside of the tree.
test-kernels: $(KERNEL_TEST)
	@tests/kernels/run $(KERNELS)
.PHONY: test bench deps-bench deps-browser deps-package deps-fleet bench-listeners bench-limit lint soak test-kernels

$(B)/tests/unit/%_test: $(B)/tests/unit/%_test.o $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

# What cannot be had otherwise at the right moment.
$(B)/tests/unit/capture_test: private ALL_LDFLAGS += -Wl,--wrap=realloc
$(B)/tests/unit/record_test: private ALL_LDFLAGS += \
	$(addprefix -Xlinker --wrap=,renameat2 write close fdatasync clock_gettime thread_start)

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

$(B)/tests/btfshift: tests/live/btfshift.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(TOOL_CFLAGS) -o $@ $< $(LIBS)

$(B)/tests/manager: tests/live/manager.c $(B)/cflags
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

$(LIMITS): $(B)/tests/%: tests/bench/%.c tests/bench/limit_tracer.c $(B)/libexecsnoop.a \
		tests/bench/limit_tracer.h tests/bench/limit.h
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Iuser -Ibpf $(ALL_LDFLAGS) -o $@ $(filter %.c %.a,$^) $(LIBS)

$(B)/tests/limit: $(B)/tests/limit.skel.h

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

$(B)/fuzz/%.o: %.c tests/fuzz/unguided $(B)/fuzzflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CLANG) $(FUZZ_CFLAGS) $(FUZZ_COVER) -MMD -MP -c -o $@ $<

# Of what only judges, no new path is worth an input; nor of the functions in unguided.
$(B)/fuzz/%.o: FUZZ_COVER = -fsanitize=fuzzer-no-link -fsanitize-coverage-ignorelist=tests/fuzz/unguided
$(FUZZ_HELP:%=$(B)/fuzz/tests/fuzz/%.o): FUZZ_COVER =

$(B)/fuzz/user/source/bpf.o: $(B)/execsnoop.skel.h
$(B)/fuzz/user/source/bpf_raw.o: $(B)/execsnoop.raw.inc
$(B)/fuzz/user/bench/workload.o: $(B)/user/bench/true.inc

$(B)/fuzzflags: FORCE
	$(call stamp,$(CLANG) $(FUZZ_CFLAGS))

$(FUZZ_REPLAYS): %: %.o $(addprefix $(B)/tests/fuzz/,replay.o $(FUZZ_HELP:=.o)) $(B)/libexecsnoop.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -ljansson $(LIBS)

$(B)/tests/fuzz/%.o: tests/fuzz/%.c $(B)/cflags
	$(call say,CC)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Iuser -Ibpf -DSHELL_EVERY=1 -MMD -MP -c -o $@ $<

-include $(LIB_OBJS:.o=.d) $(B)/user/main.d $(BPF_OBJS:.o=.d) $(BPF_RAW_OBJS:.o=.d) $(UNIT_TESTS:=.d) $(B)/tests/golden/play.d $(B)/tests/golden/scene.d $(wildcard $(B)/tests/fuzz/*.d) \
	$(FUZZ_OBJS:.o=.d) $(FUZZ_NAMES:%=$(B)/fuzz/tests/fuzz/%_fuzz.d)

.DELETE_ON_ERROR:
.PRECIOUS: $(B)/tests/unit/%.o
