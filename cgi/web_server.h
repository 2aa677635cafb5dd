/*
 * web_server.h: what web servers do differently, by their SERVER_SOFTWARE.
 *
 * The variable comes from the web server; clients cannot set it. Each row was
 * measured; the tests of troubleshooting.md measure most of them again.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stdbool.h>

#include "base/attributes.h"

struct web_server {
	const char *name; /* SERVER_SOFTWARE up to its version */

	/*
	 * As CGI it decodes a body that comes without a length, and closes the
	 * program's standard input behind it. Others leave the chunks' framing
	 * in the body, or the input open.
	 */
	bool ends_body;

	/* It logs what a program reports together with the URL's query. */
	bool logs_query;

	/* Why a request may have come without its Authorization header. */
	const char *withholds;
};

/* SOFTWARE may be NULL. An unknown server has a row as well, without a name. */
const struct web_server *web_server_find(const char *software) MUST_USE;

#endif
