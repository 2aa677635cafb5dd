#include "cgi/endpoint.h"

#include <unistd.h>

#include "spool/commit.h"
#include "spool/spool.h"

int
endpoint_open(struct endpoint *endpoint, const struct settings_options *options,
    const struct settings *settings)
{
	*endpoint = (struct endpoint){
	    .options = *options, .settings = *settings, .spool = -1};
	endpoint->commit = commit_new();
	if (!endpoint->commit)
		return -1;
	sem_init(&endpoint->large, 0, 1);
	return 0;
}

int
endpoint_open_spool(struct endpoint *endpoint)
{
	if (!endpoint->settings.dir)
		return 0;
	endpoint->spool = spool_open(endpoint->settings.dir);
	if (endpoint->spool < 0)
		return -1;
	spool_prepare(endpoint->spool);
	return 0;
}

int
endpoint_load_secret(struct endpoint *endpoint, char error[SECRET_ERROR_SIZE])
{
	const char *file = endpoint->settings.secret_file;

	return file ? secret_load(&endpoint->secret, file, error) : 0;
}

void
endpoint_close(struct endpoint *endpoint)
{
	secret_free(&endpoint->secret);
	if (endpoint->spool >= 0)
		close(endpoint->spool);
	sem_destroy(&endpoint->large);
	commit_free(endpoint->commit);
}
