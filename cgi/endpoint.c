#include "cgi/endpoint.h"

#include "spool/commit.h"

int
endpoint_open(struct endpoint *endpoint, const struct settings_options *options,
    const struct settings *settings)
{
	*endpoint =
	    (struct endpoint){.options = *options, .settings = *settings};
	sem_init(&endpoint->large, 0, 1);
	endpoint->commit = commit_new();
	if (!endpoint->commit)
		return -1;
	endpoint->sites = sites_new(settings->secret_file, &endpoint->secret);
	return endpoint->sites ? 0 : -1;
}

int
endpoint_open_site(struct endpoint *endpoint)
{
	const struct settings *settings = &endpoint->settings;

	if (!settings->dir)
		return 0;
	endpoint->site = site_open(settings->dir, settings->secret_file);
	if (!endpoint->site)
		return -1;
	endpoint->site->secret = &endpoint->secret;
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
	site_release(endpoint->site);
	sites_free(endpoint->sites);
	secret_free(&endpoint->secret);
	commit_free(endpoint->commit);
	sem_destroy(&endpoint->large);
}
