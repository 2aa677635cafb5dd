#include "status/advice.h"

#include <string.h>

/* The first row counts whose status and reason fit. */
static const struct advice rows[] = {
    {405, "", "It was not a POST",
	"If somebody opened the URL in a browser: nothing. If Mixpanel came "
	"so, a redirect made a GET of its POST: give Mixpanel the URL that the "
	"redirect leads to."},
    {401, "no Authorization header arrived", "It came without the secret",
	"A browser does so before it asks for the password. If it was "
	"Mixpanel, put mixpanel:SECRET@ before the host in its URL, and have "
	"the web server pass the Authorization header on."},
    {401, "wrong secret", "It came with a wrong secret",
	"Compare the password in Mixpanel's URL with the secret file. After a "
	"change of the file, send SIGHUP to mixspool.fcgi."},
    {401, "", "It came without the right secret",
	"Compare the password in Mixpanel's URL with the secret file."},
    {404, "names no campaign", "The URL's end is not a campaign's name",
	"Correct the URL in Mixpanel: behind the receiver's path stands a "
	"campaign, or nothing."},
    {404, "there is no campaign", "The spool has no such campaign",
	"Correct the name in Mixpanel's URL, or make the campaign: mixspool "
	"init DIR NAME."},
    {415, "Content-Encoding", "Its body was compressed or encoded",
	"Mixpanel does not do so: see what stands between it and here."},
    {415, "", "Its body was neither a form nor JSON",
	"Mixpanel sends one of the two. See who else posts to this URL."},
    {411, "", "It had no Content-Length",
	"Have the web server buffer request bodies, or run mixspool by "
	"FastCGI."},
    {0, "MIXSPOOL_MAX_BODY", "It was larger than the limit for a body",
	"If it was Mixpanel, set a larger MIXSPOOL_MAX_BODY, and in the web "
	"server, too."},
    {0, "MIXSPOOL_MAX_USERS", "It had more users than the limit",
	"If it was Mixpanel, set a larger MIXSPOOL_MAX_USERS."},
    {0, "MIXSPOOL_MEMORY", "Too many large bodies came at once",
	"Mixpanel sends it again. If that goes on, set a larger "
	"MIXSPOOL_MEMORY."},
    {0, "MIXSPOOL_MIN_FREE", "The disk is nearly full",
	"Make room. Mixpanel sends again what was refused; what is in the "
	"spool stays there until it is drained."},
    {0, "inodes free", "The disk has no inodes left for more files",
	"Remove files. Mixpanel sends again what was refused."},
    {0, "cannot put the users on disk", "The disk did not take it",
	"See the reason, and the kernel's log. Nothing of it was stored; "
	"Mixpanel sends it again."},
    {0, "cannot look at campaign", "The campaign's folder cannot be used",
	"Give the receiver's user the right to it: mixspool init mends modes."},
    {0, "the spool was removed", "The spool was removed or replaced",
	"Restart mixspool.fcgi."},
    {0, "cannot use the spool", "The spool cannot be used",
	"See the reason: does MIXSPOOL_DIR name the folder, and may the "
	"receiver's user enter it?"},
    {0, "cannot use the secret", "The secret file cannot be used",
	"See the reason: MIXSPOOL_SECRET_FILE names a file of one line that "
	"others cannot read."},
    {0, "is not a setting", "A setting has a wrong name",
	"Correct it where mixspool.fcgi or its request gets it."},
    {0, "it takes", "A setting has a wrong value",
	"Correct it where mixspool.fcgi or its request gets it."},
    {0, "no memory", "The machine had no memory for it",
	"Mixpanel sends it again. See what else uses the memory."},
    {0, "to come", "Its body came too slowly",
	"Mixpanel sends it again. If that goes on, have the web server buffer "
	"request bodies."},
    {0, "the body was cut off", "The connection broke in the middle",
	"If that goes on, see the web server's limits and its error log."},
    {0, "Content-Length", "Its length was not as its header says",
	"See what stands between Mixpanel and here: a proxy changes bodies."},
    {413, "", "It was too large",
	"Set larger limits, if it was Mixpanel: mixspool.fcgi(8) has them."},
    {400, "", "It was not what Mixpanel sends",
	"If it was Mixpanel, look at the reason; else see who posts to this "
	"URL."},
    {503, "", "A fault here that may pass",
	"Mixpanel sends it again. See the reason."},
    {0, "", "It was refused", "See the reason."},
};

const struct advice *
advice_find(unsigned status, const char *why)
{
	const struct advice *row = rows;

	while (
	    (row->status && row->status != status) || !strstr(why, row->reason))
		row++;
	return row;
}
