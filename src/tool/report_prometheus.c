#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tool/report.h"

/* Names of campaigns need no escapes. */
void
report_prometheus(const struct counts *counts, size_t count)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} gauges[] = {
	    {"batches", "Committed batches that wait.",
		offsetof(struct counts, batches)},
	    {"users", "Users in the batches that wait.",
		offsetof(struct counts, users)},
	    {"bytes", "Bytes of the batches that wait.",
		offsetof(struct counts, bytes)},
	    {"failed_batches", "Batches that a command refused.",
		offsetof(struct counts, failed)},
	    {"aside_elements", "Elements of POSTs that were set aside.",
		offsetof(struct counts, aside)},
	    {"tmp_files", "Files in tmp/: being written, or left by a crash.",
		offsetof(struct counts, leftovers)},
	};
	uint64_t value;
	size_t g, i;

	for (g = 0; g < sizeof gauges / sizeof gauges[0]; g++) {
		printf("# HELP mixspool_%s %s\n# TYPE mixspool_%s gauge\n",
		    gauges[g].name, gauges[g].help, gauges[g].name);
		for (i = 0; i < count; i++) {
			memcpy(&value,
			    (const char *)&counts[i] + gauges[g].offset,
			    sizeof value);
			printf("mixspool_%s{campaign=\"%s\"} %" PRIu64 "\n",
			    gauges[g].name, counts[i].name, value);
		}
	}
	puts("# HELP mixspool_foreign_files Files in new/ that are not "
	     "batches.\n"
	     "# TYPE mixspool_foreign_files gauge");
	for (i = 0; i < count; i++)
		printf("mixspool_foreign_files{campaign=\"%s\"} %zu\n",
		    counts[i].name, counts[i].foreign_count);
	puts("# HELP mixspool_oldest_batch_timestamp_seconds When the oldest "
	     "waiting batch was made.\n"
	     "# TYPE mixspool_oldest_batch_timestamp_seconds gauge");
	for (i = 0; i < count; i++)
		if (counts[i].oldest)
			printf("mixspool_oldest_batch_timestamp_seconds{"
			       "campaign=\"%s\"} %" PRId64 "\n",
			    counts[i].name, (int64_t)counts[i].oldest);
}
