// SPDX-License-Identifier: BSD-2-Clause
/*
 * mock TOPIC: three Kafka brokers on loopback, librdkafka's mock cluster (rdkafka_mock.h).
 *
 * Speaks the protocol, elects leaders, keeps the offsets of consumer groups; what was produced is in
 * memory, and the oldest of it is dropped at 100,000 messages or 5 MB a partition. So it tests
 * who speaks to brokers, not what brokers keep.
 *
 * Prints its bootstrap servers, then obeys lines on standard input and answers each with "ok":
 *
 *	down	all brokers close their connections and take no new one
 *	up	and do again
 *
 * Ends at the end of standard input.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BROKERS = 3,
	PARTITIONS = 12,
	ALL_BROKERS = -1,
};

/* Obey one line; false if it is none of ours. */
static int obey(rd_kafka_mock_cluster_t *cluster, const char *line)
{
	if (strcmp(line, "down\n") == 0)
		return rd_kafka_mock_broker_set_down(cluster, ALL_BROKERS) == 0;
	if (strcmp(line, "up\n") == 0)
		return rd_kafka_mock_broker_set_up(cluster, ALL_BROKERS) == 0;
	return 0;
}

static void serve(rd_kafka_mock_cluster_t *cluster)
{
	char line[64];

	printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		puts(obey(cluster, line) ? "ok" : "failed");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *rk = NULL;
	rd_kafka_conf_t *conf;
	char why[256];

	if (argc != 2) {
		fprintf(stderr, "usage: mock TOPIC\n");
		return 2;
	}
	conf = rd_kafka_conf_new();
	/* The brokers close a connection that asks for more than this at once. */
	if (rd_kafka_conf_set(conf, "message.max.bytes", "64000000", why, sizeof(why)) == 0)
		rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!rk) {
		fprintf(stderr, "mock: %s\n", why);
		return EXIT_FAILURE;
	}
	cluster = rd_kafka_mock_cluster_new(rk, BROKERS);
	if (!cluster || rd_kafka_mock_topic_create(cluster, argv[1], PARTITIONS, BROKERS)) {
		fprintf(stderr, "mock: no cluster\n");
		return EXIT_FAILURE;
	}
	serve(cluster);
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(rk);
	return EXIT_SUCCESS;
}
