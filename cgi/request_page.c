/* A GET or HEAD: the status page, for those who have the secret. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cgi/request_inside.h"
#include "journal/day.h"
#include "journal/journal.h"
#include "status/status_page.h"

#define URL_MAX 512 /* bytes of a path, and of a host; else none is shown */
#define MIN_FILES 32

struct urls {
	bool has_path;
	char path[URL_MAX];           /* of the page of all campaigns */
	char posts[2 * URL_MAX + 64]; /* for Mixpanel */
};

/* NULL: the page is of all campaigns. */
static const char *
request_campaign(const struct request *request)
{
	return *request->campaign ? request->campaign : NULL;
}

/*
 * The path of this request's URL without the campaign and the slash at its end,
 * by what the web server passes of it. False: it is not known, or would lead
 * elsewhere: "//" begins a host.
 */
static bool
find_path(const struct request *request, char path[URL_MAX])
{
	const char *uri = request_param(request, "REQUEST_URI");
	const char *campaign = request_campaign(request);
	const size_t name = campaign ? strlen(campaign) : 0;
	size_t size = uri ? strcspn(uri, "?#") : 0;

	if (size == 0 || size >= URL_MAX || *uri != '/' || uri[1] == '/')
		return false;
	size -= uri[size - 1] == '/';
	if (name > 0 && (size <= name || uri[size - name - 1] != '/' ||
			    memcmp(uri + size - name, campaign, name) != 0))
		return false;
	size -= name > 0 ? name + 1 : 0;
	memcpy(path, uri, size);
	path[size] = '\0';
	return true;
}

/* Some web servers pass the host without its port. Where TLS ends elsewhere the
   port of this one is nobody's. */
static const char *
find_port(const struct request *request, bool is_secure, const char *host)
{
	const char *port = request_param(request, "SERVER_PORT");

	return is_secure && port && strcmp(port, "443") != 0 &&
		       strlen(port) <= 5 && !strchr(host, ':')
		   ? port
		   : NULL;
}

static void
find_urls(const struct request *request, struct urls *urls)
{
	const char *host = request_param(request, "HTTP_HOST");
	const char *https = request_param(request, "HTTPS");
	const bool is_secure = https && strcmp(https, "off") != 0 && *https;
	const char *port;

	urls->has_path = find_path(request, urls->path);
	*urls->posts = '\0';
	if (!host || !*host || strlen(host) >= URL_MAX || !urls->has_path)
		return;
	port = find_port(request, is_secure, host);
	snprintf(urls->posts, sizeof urls->posts,
	    "http%s://mixpanel:SECRET@%s%s%s%s%s%s", is_secure ? "s" : "", host,
	    port ? ":" : "", port ? port : "", urls->path,
	    *request->campaign ? "/" : "", request->campaign);
}

static void
write_head(struct html *html)
{
	html_put(html, "Status: 200 OK\r\n"
		       "Content-Type: text/html; charset=utf-8\r\n"
		       "Content-Security-Policy: " STATUS_PAGE_POLICY "\r\n"
		       "X-Frame-Options: DENY\r\n"
		       "Cache-Control: no-store\r\n"
		       "Referrer-Policy: no-referrer\r\n"
		       "X-Content-Type-Options: nosniff\r\n"
		       "\r\n");
}

/* Has it the secret in its query alone? */
static bool
needs_token(const struct request *request)
{
	return secret_check(request->site->secret,
		   request_param(request, "HTTP_AUTHORIZATION"),
		   NULL) != SECRET_RIGHT;
}

/* The receiver knows more than what the folder shows. */
static struct condition
find_condition(const struct request *request, const struct facts *facts)
{
	const int error = journal_error(request->site->journal);

	if (request->settings.journal_days == 0)
		return (struct condition){CONDITION_OFF, 0};
	if (error)
		return (struct condition){CONDITION_UNWRITABLE, error};
	if (facts->journal.kind == CONDITION_OFF)
		return (struct condition){CONDITION_KEPT, 0};
	return facts->journal;
}

static bool
write_page(struct request *request, struct html *html)
{
	const char *campaign = request_campaign(request);
	struct status_page page = {.campaign = campaign,
	    .refreshes = !request_has_parameter(request, "pause"),
	    .can_pause = true,
	    .room = {request->settings.min_free, MIN_FILES}};
	struct facts facts;
	struct urls urls;

	if (facts_read(request->site->spool, campaign, day_now_ms(), &facts) <
	    0)
		return request_refuse(request, OUTCOME_TRY_LATER,
		    "cannot read the spool for its status page: %s",
		    strerror(errno));
	facts.journal = find_condition(request, &facts);
	find_urls(request, &urls);
	page.has_token = needs_token(request);
	page.path = urls.has_path && !page.has_token ? urls.path : NULL;
	page.url = *urls.posts ? urls.posts : NULL;
	status_page_write(html, &page, &facts);
	facts_free(&facts);
	return !html->failed || request_refuse(request, OUTCOME_TRY_LATER,
				    "no memory for the status page");
}

/* What a page shows takes some MiB: those of one page at a time. */
static bool
write_page_alone(struct request *request, struct html *html)
{
	sem_t *page = &request->endpoint->page;
	bool is_written;

	while (sem_wait(page) < 0 && errno == EINTR)
		;
	is_written = write_page(request, html);
	sem_post(page);
	return is_written;
}

static bool
send_page(struct request *request)
{
	struct html html = {0};
	bool is_written;

	write_head(&html);
	is_written = request_has_method(request, "HEAD") ||
		     write_page_alone(request, &html);
	if (is_written)
		gateway_write_large(request->gateway, html.text, html.size);
	html_free(&html);
	return is_written;
}

/* Pages take a quarter of the threads at most, or one, so that none of them
   holds up POSTs. */
bool
request_show_page(struct request *request)
{
	struct endpoint *endpoint = request->endpoint;
	const uint64_t quarter = endpoint->settings.threads / 4;
	const uint64_t most = quarter > 0 ? quarter : 1;
	bool is_shown = false;

	if (!request_check_look(request))
		return false;
	request_skip_body(request);
	if (atomic_fetch_add(&endpoint->showing, 1) < most)
		is_shown = send_page(request);
	else
		request_refuse(request, OUTCOME_TRY_LATER,
		    "others are looking at the status page: load it again");
	atomic_fetch_sub(&endpoint->showing, 1);
	return is_shown;
}
