#include "cgi/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <resolv.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgi/form.h"

#define VARIABLE "MIXSPOOL_SECRET_FILE"

/* Bytes of decoded Basic, with room for a user's name. */
#define BASIC_MAX (4 * SECRET_MAX)

struct secret_digest {
	struct secret_digest *before; /* replaced; a thread may still read it */
	uint8_t bytes[SHA256_DIGEST_LENGTH];
};

static void
hash(const void *text, size_t size, uint8_t bytes[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, text, size);
	SHA256Final(bytes, &context);
	explicit_bzero(&context, sizeof context);
}

static int
read_file(int fd, char text[SECRET_MAX + 3], size_t *size)
{
	ssize_t got;

	*size = 0;
	do {
		got = read(fd, text + *size, SECRET_MAX + 3 - *size);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0)
			*size += (size_t)got;
	} while (got != 0 && *size < SECRET_MAX + 3);
	return 0;
}

static bool
is_blank(const char *text, size_t size)
{
	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		size--;
	return size == 0;
}

/* NULL, or what is wrong with the file. */
static const char *
read_secret(int fd, char text[SECRET_MAX + 3], size_t *size)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "it is not a file";
	if (status.st_mode & (S_IROTH | S_IWOTH))
		return "others can read or write it, take that away: "
		       "chmod o= FILE";
	if (read_file(fd, text, size) < 0)
		return strerror(errno);
	if (*size > 0 && text[*size - 1] == '\n')
		--*size;
	if (*size > 0 && text[*size - 1] == '\r')
		--*size;
	if (*size == 0)
		return "it is empty";
	if (is_blank(text, *size))
		return "it has white space alone";
	if (*size > SECRET_MAX)
		return "it is longer than 1024 bytes";
	if (memchr(text, '\n', *size) || memchr(text, '\0', *size))
		return "it has more than one line";
	return NULL;
}

int
secret_load(
    struct secret *secret, const char *file, char error[SECRET_ERROR_SIZE])
{
	char text[SECRET_MAX + 3];
	struct secret_digest *digest = NULL;
	const char *what;
	size_t size = 0;
	int fd;

	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	what = fd < 0 ? strerror(errno) : read_secret(fd, text, &size);
	if (fd >= 0)
		close(fd);
	if (!what && !(digest = malloc(sizeof *digest)))
		what = strerror(ENOMEM);
	if (digest) {
		digest->before = atomic_load(&secret->current);
		hash(text, size, digest->bytes);
		atomic_store(&secret->current, digest);
	}
	explicit_bzero(text, sizeof text);
	if (what)
		snprintf(error, SECRET_ERROR_SIZE,
		    "cannot use the secret that " VARIABLE " names: %s", what);
	return what ? -1 : 0;
}

static bool
is_it(const struct secret_digest *digest, const void *text, size_t size)
{
	uint8_t bytes[SHA256_DIGEST_LENGTH];
	unsigned difference = 0;
	size_t i;

	hash(text, size, bytes);
	for (i = 0; i < sizeof bytes; i++)
		difference |= (unsigned)bytes[i] ^ digest->bytes[i];
	return difference == 0;
}

/* What follows the SCHEME and its spaces, or NULL: another scheme is there. */
static const char *
credentials(const char *authorization, const char *scheme)
{
	const size_t length = strlen(scheme);

	if (strncasecmp(authorization, scheme, length) != 0 ||
	    authorization[length] != ' ')
		return NULL;
	return authorization + length + strspn(authorization + length, " ");
}

/* RFC 7617: user:password in base64. */
static enum secret_verdict
check_basic(const struct secret_digest *digest, const char *password)
{
	enum secret_verdict verdict = SECRET_WRONG;
	unsigned char text[BASIC_MAX];
	const unsigned char *colon;
	int size;

	size = b64_pton(password, text, sizeof text);
	colon = size < 0 ? NULL : memchr(text, ':', (size_t)size);
	if (colon &&
	    is_it(digest, colon + 1, (size_t)size - (size_t)(colon + 1 - text)))
		verdict = SECRET_RIGHT;
	explicit_bzero(text, sizeof text);
	return verdict;
}

/* "Basic", or "Bearer" of RFC 6750, whose token is the secret as it is. */
static enum secret_verdict
check_header(const struct secret_digest *digest, const char *authorization)
{
	const char *text;

	if (!authorization || !*authorization)
		return SECRET_ABSENT;
	text = credentials(authorization, "Basic");
	if (text)
		return check_basic(digest, text);
	text = credentials(authorization, "Bearer");
	return text && is_it(digest, text, strlen(text)) ? SECRET_RIGHT
							 : SECRET_WRONG;
}

static enum secret_verdict
check_token(const struct secret_digest *digest, const char *query)
{
	enum secret_verdict verdict = SECRET_ABSENT;
	char text[SECRET_QUERY_MAX], *value;
	size_t size = query ? strlen(query) : 0, value_size;

	if (size == 0)
		return SECRET_ABSENT;
	if (size > sizeof text)
		return SECRET_QUERY_TOO_LONG;
	memcpy(text, query, size);
	switch (form_field(text, size, "token", &value, &value_size)) {
	case FORM_OK:
		verdict = is_it(digest, value, value_size) ? SECRET_RIGHT
							   : SECRET_WRONG;
		break;
	case FORM_BAD_ESCAPE:
	case FORM_REPEATED:
		verdict = SECRET_WRONG;
		break;
	case FORM_MISSING:
		break;
	}
	explicit_bzero(text, sizeof text);
	return verdict;
}

bool
secret_is_set(const struct secret *secret)
{
	return atomic_load(&secret->current) != NULL;
}

enum secret_verdict
secret_check(
    const struct secret *secret, const char *authorization, const char *query)
{
	const struct secret_digest *digest = atomic_load(&secret->current);
	enum secret_verdict header, token;

	if (!digest)
		return SECRET_RIGHT;
	header = check_header(digest, authorization);
	token = check_token(digest, query);
	if (header == SECRET_RIGHT || token == SECRET_RIGHT)
		return SECRET_RIGHT;
	return header == SECRET_ABSENT ? token : header;
}

const char *
secret_explain(enum secret_verdict verdict)
{
	static_assert(SECRET_QUERY_MAX == 4096, "a sentence below says so");
	static const char *const sentences[] = {
	    [SECRET_RIGHT] = "the secret is right",
	    [SECRET_ABSENT] = "no Authorization header arrived, and no token",
	    [SECRET_QUERY_TOO_LONG] =
		("no Authorization header arrived, and the query is too long "
		 "to look for a token: over 4096 bytes"),
	    [SECRET_WRONG] = "wrong secret",
	};

	return sentences[verdict];
}

void
secret_free(struct secret *secret)
{
	struct secret_digest *digest = atomic_load(&secret->current);

	atomic_store(&secret->current, NULL);
	while (digest) {
		struct secret_digest *before = digest->before;

		free(digest);
		digest = before;
	}
}
