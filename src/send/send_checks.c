#include "send/send_checks.h"

static bool
reads_standard_input(const struct profiles_source *source)
{
	size_t i;

	for (i = 0; i < source->file_count; i++)
		if (lines_is_standard_input(source->files[i]))
			return true;
	return false;
}

const char *
send_checks_contradiction(const struct send_options *options)
{
	const bool files = options->source.file_count > 0;
	const bool once = reads_standard_input(&options->source);

	if (options->source.sample > 0 && files)
		return "--sample takes the place of files";
	if (!options->campaign != !options->state)
		return "--campaign and --state go together";
	if (options->campaign && options->repeat > 1)
		return "--repeat sends users again, which --campaign never "
		       "does";
	if (options->watch_s > 0 && options->repeat > 1)
		return "--watch repeats by itself, without --repeat";
	if (options->watch_s > 0 && once)
		return "--watch takes files, which can be read again";
	if (options->repeat > 1 && once)
		return "--repeat takes files, which can be read again";
	if (options->watch_s > 0 && options->dry_run)
		return "--dry-run is one pass, without --watch";
	if (options->json && options->quiet)
		return "--json and --quiet exclude each other";
	if (options->json && options->dry_run)
		return "--dry-run prints users, not what --json asks for";
	return NULL;
}
