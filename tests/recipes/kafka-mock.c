/*
 * kafka-mock: librdkafka's own mock cluster, three brokers on loopback. Prints
 * their addresses, then serves until its standard input ends.
 */

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

int
main(void)
{
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *client;
	char error[256];

	client = rd_kafka_new(
	    RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof error);
	if (!client) {
		fprintf(stderr, "kafka-mock: %s\n", error);
		return 1;
	}
	cluster = rd_kafka_mock_cluster_new(client, 3);
	puts(rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (getchar() != EOF)
		;
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(client);
	return 0;
}
