// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "vmlinux.h"

#include "maps.h"

char wire_license[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 wire_ring_len = 0;
const volatile __u32 wire_max_argv = WIRE_ARGV_MAX;
const volatile __u32 wire_page_len = 4096;
const volatile bool wire_read_kernel = false;
const volatile bool wire_want_env = false;
const volatile bool wire_want_fork = false;
const volatile bool wire_want_thread = false;
const volatile __u32 wire_shown = 0;
const volatile bool wire_by_tree = false;
const volatile bool wire_by_uid = false;
const volatile __u32 wire_uid = 0;

volatile __u32 wire_tree = WIRE_TREE_PART;

struct map_ring map_ring SEC(".maps");
struct map_ring map_argv SEC(".maps");
struct map_lost map_lost SEC(".maps");
struct map_tree map_tree SEC(".maps");
struct map_scratch map_scratch SEC(".maps");
