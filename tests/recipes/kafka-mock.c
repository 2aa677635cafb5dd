/*
 * kafka-mock: librdkafka's own mock cluster, three brokers on loopback. Prints
 * their addresses, then serves until its standard input ends. It takes
 * commands there, a line each, and prints each one when it is done:
 *
 *	error NUMBER               refuse the next message with this error
 *	down BROKER                close its connections, and take no others
 *	up BROKER
 *	delay BROKER MS            answer so much later
 *	leader TOPIC BROKER        let it lead all partitions
 */

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRODUCE 0    /* the key of the request in Kafka's protocol */
#define PARTITIONS 4 /* of a topic that the mock cluster makes */

static bool
let_lead(rd_kafka_mock_cluster_t *cluster, const char *topic, int32_t broker)
{
	int partition;

	for (partition = 0; partition < PARTITIONS; partition++)
		if (rd_kafka_mock_partition_set_leader(
			cluster, topic, partition, broker))
			return false;
	return true;
}

static int32_t
number_of(const char *word)
{
	return (int32_t)strtol(word, NULL, 10);
}

/* Does one command, whose words it cuts from LINE. */
static bool
obey(rd_kafka_mock_cluster_t *cluster, char *line)
{
	const char *words[3];
	char *rest = line;
	int32_t number;
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		words[i] = strtok_r(i == 0 ? line : NULL, " \n", &rest);
		if (!words[i])
			words[i] = "";
	}
	number = number_of(words[1]);
	if (!strcmp(words[0], "error")) {
		rd_kafka_mock_push_request_errors(
		    cluster, PRODUCE, 1, (rd_kafka_resp_err_t)number);
		return true;
	}
	if (!strcmp(words[0], "down"))
		return !rd_kafka_mock_broker_set_down(cluster, number);
	if (!strcmp(words[0], "up"))
		return !rd_kafka_mock_broker_set_up(cluster, number);
	if (!strcmp(words[0], "delay"))
		return !rd_kafka_mock_broker_set_rtt(
		    cluster, number, number_of(words[2]));
	if (!strcmp(words[0], "leader"))
		return let_lead(cluster, words[1], number_of(words[2]));
	return false;
}

int
main(void)
{
	rd_kafka_mock_cluster_t *cluster;
	rd_kafka_t *client;
	char error[256];
	char line[64], command[64];

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
		snprintf(command, sizeof command, "%s", line);
		if (!obey(cluster, command)) {
			fprintf(stderr, "kafka-mock: cannot: %s", line);
			return 1;
		}
		fputs(line, stdout);
		fflush(stdout);
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(client);
	return 0;
}
