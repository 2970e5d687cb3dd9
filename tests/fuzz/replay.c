// SPDX-License-Identifier: BSD-2-Clause
/*
 * Give a target each file of some folders, without libFuzzer: XXX_fuzz FOLDER...
 * Prints the file that it is at, one a line; the last is the guilty one if it dies.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "fuzz.h"

static void replay_file(const char *folder, const char *name)
{
	_cleanup_free_ uint8_t *data = NULL;
	_cleanup_close_ int fd = -1;
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	printf("%s\n", path);
	fflush(stdout);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && fstat(fd, &st) == 0);
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	must(data && read(fd, data, (size_t)st.st_size) == st.st_size);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
}

/* Returns how many files it has. */
static size_t replay_folder(const char *folder)
{
	struct dirent **list;
	int cnt = scandir(folder, &list, NULL, alphasort);
	size_t done = 0;

	must(cnt >= 0);
	for (int i = 0; i < cnt; i++) {
		if (list[i]->d_name[0] != '.') {
			replay_file(folder, list[i]->d_name);
			done++;
		}
		free(list[i]);
	}
	free(list);
	return done;
}

int main(int argc, char **argv)
{
	size_t cnt = 0;

	for (int i = 1; i < argc; i++)
		cnt += replay_folder(argv[i]);
	must(cnt > 0);
	printf("%zu inputs\n", cnt);
	return 0;
}
