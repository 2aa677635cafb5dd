/*
 * kafka-mock: librdkafka's own mock cluster, three brokers on loopback. Prints
 * their addresses, then serves until its standard input ends. After a line on
 * it, which is the number of an error, the next message is refused with that.
 */

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>

#define PRODUCE 0 /* the key of the request in Kafka's protocol */

int
main(void)
{
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *client;
	char error[256];
	char line[16];
	long number;

	client = rd_kafka_new(
	    RD_KAFKA_PRODUCER, rd_kafka_conf_new(), error, sizeof error);
	if (!client) {
		fprintf(stderr, "kafka-mock: %s\n", error);
		return 1;
	}
	cluster = rd_kafka_mock_cluster_new(client, 3);
	puts(rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		number = strtol(line, NULL, 10);
		rd_kafka_mock_push_request_errors(
		    cluster, PRODUCE, 1, (rd_kafka_resp_err_t)number);
		printf("error %ld\n", number);
		fflush(stdout);
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(client);
	return 0;
}
