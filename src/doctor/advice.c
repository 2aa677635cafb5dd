#include "doctor/advice_inside.h"

#include <stddef.h>

/* What to do, whatever the server. */
static const char *const notes[FAULT_COUNT] = {
    [FAULT_CHAIN] = "send the whole chain: the file with the server's "
		    "certificate and the intermediate one behind it",
    [FAULT_EXPIRED] = "renew the certificate (certbot renew), and reload the "
		      "web server, which else keeps the old one",
    [FAULT_UNTRUSTED] =
	"take a certificate that Mixpanel trusts, such as one of Let's "
	"Encrypt; --cacert FILE if it is of an authority of your own",
    [FAULT_NAME] = "take a certificate for the host of the URL, or give "
		   "Mixpanel a URL with a host of the certificate",
    [FAULT_TLS] = "let the web server speak TLS 1.2 and 1.3 at this port",
    [FAULT_PLAIN] = "give Mixpanel a URL with https",
    [FAULT_CONNECT] = "start the web server, let it listen at the port of the "
		      "URL, and open the port in the firewall",
    [FAULT_IPV6] = "let the web server listen by IPv6, too, or take the AAAA "
		   "record out of the DNS",
    [FAULT_REDIRECT] =
	"the users of a POST are lost in a redirect: give Mixpanel the URL "
	"that it leads to, or take it out for this path",
    [FAULT_OWN_PASSWORD] = "the web server asks for a password of its own: "
			   "leave that to MIXSPOOL_SECRET_FILE",
    [FAULT_FORBIDDEN] = "the web server lets nobody in from here: allow the "
			"sender's addresses, or all",
    [FAULT_NO_ROUTE] = "the web server has nothing at the path of the URL: "
		       "compare the two; the examples use /mixpanel",
    [FAULT_NO_PROGRAM] = "the web server has a file or a folder there, and "
			 "takes no POST: pass the path on to mixspool",
    [FAULT_RATE] = "the web server limits the rate: Mixpanel sends again after "
		   "a 503, and is not known to do so after a 429",
    [FAULT_BROKEN] = "the web server's error log says why; with CGI or "
		     "mod_fcgid it could not start the program",
    [FAULT_NO_RECEIVER] =
	"the receiver does not run, or the web server may not open its socket: "
	"systemctl status mixspool.socket; if the web server's error log says "
	"'Permission denied', set SocketUser= in the socket's unit",
    [FAULT_NOT_MIXSPOOL] = "something else answers there, and Mixpanel would "
			   "take its 200 for delivery: the users would be lost",
    [FAULT_CAMPAIGN_ROUTE] =
	"the path of the URL reaches mixspool, and a campaign's path behind it "
	"does not: match all that follows",
    [FAULT_NO_PATH] = "the rest of the path does not arrive as PATH_INFO, so "
		      "that the users of all campaigns land in one",
    [FAULT_WHOLE_PATH] = "the whole path arrives as PATH_INFO, with the mount "
			 "in front of the campaign; or mixspool is mounted at "
			 "/ and there is no such campaign: mixspool init",
    [FAULT_WITHHELD] =
	"the web server withholds the Authorization header from mixspool",
    [FAULT_LIMIT] = "let the web server's limit be above MIXSPOOL_MAX_BODY "
		    "(32M), so that mixspool refuses a larger body itself",
    [FAULT_LIMIT_ANSWER] = "answer 503 in JSON in place of a 413, after which "
			   "Mixpanel is not known to send a page again",
    [FAULT_NO_LENGTH] = "Mixpanel sends a Content-Length; only a proxy in "
			"front of the web server may leave it out",
    [FAULT_EARLY] = "an answer that comes before the whole body was read gets "
		    "lost, and with it the reason of a refusal",
    [FAULT_SLOW] =
	"let a body take its time: at least 10 seconds between two pieces",
    [FAULT_HEAD] = "monitoring asks by HEAD; Mixpanel does not",
    [FAULT_CLOCK] =
	"set the clock: timedatectl set-ntp true, on the machine that is wrong",
    [FAULT_NO_SECRET] =
	"anybody who knows the URL may post: set a secret, as in the README: "
	"Environment=MIXSPOOL_SECRET_FILE=/etc/mixspool/secret",
    [FAULT_NO_HEALTH] = "mixspool before 0.2 has no health line: take the "
			"version of this doctor",
    [FAULT_CAMPAIGN] = "make the campaign's folder: mixspool init -g mixspool "
		       "/var/spool/mixspool CAMPAIGN; or mend the URL",
    [FAULT_SECRET] =
	"give the secret by -u NAME:SECRET, --netrc FILE or in the URL; after "
	"a change of MIXSPOOL_SECRET_FILE: systemctl reload mixspool",
    [FAULT_MIXSPOOL] =
	"the line is mixspool's own; docs/troubleshooting.md has what to do",
};

void
advice_give(struct diagnosis *diagnosis, enum server server, enum fault fault)
{
	const char *line = advice_line(server, fault);

	if (notes[fault])
		diagnosis_advise(diagnosis, notes[fault],
		    line ? server_file(server) : NULL, line);
}
