/* Any bytes as a file of profiles: what send would post, the receiver takes
   and spools byte for byte, and as a member of a cohort, too. */
#include "send/profiles.h"

#include <sys/mman.h>
#include <unistd.h>

#include "cgi/form.h"
#include "fuzz.h"
#include "send/member.h"
#include "send/webhook.h"
#include "start.h"
#include "users/user_id.h"
#include "users/users.h"
#include "versions.h"

static int
file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("profiles", MFD_CLOEXEC);

	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return fd;
}

/* One body of one user: the receiver's line is that user. */
static void
check_accepted(const struct profile *profile)
{
	const struct users_limits limits = {1, &large};
	struct users users;
	struct users_error error = {""};
	struct body body = {0};
	char *json = NULL;
	size_t size = 0;

	body_begin(&body, &webhook_form.frame);
	HOLDS(body_add(&body, profile->text, profile->size) == 0);
	HOLDS(body_end(&body) == 0);
	HOLDS(form_field(body.bytes, body.size, "users", &json, &size) ==
	      FORM_OK);
	HOLDS(users_read(json, size, &user_rule_form, &limits, &users,
		  &error) == USERS_OK);
	HOLDS(users.count == 1 && users.aside.count == 0);
	HOLDS(users.size == profile->size + 1);
	HOLDS(!memcmp(users.lines, profile->text, profile->size));
	body_free(&body);
}

/* A page of one member: the receiver's line has its id and all of it. */
static void
check_member(const struct profile *profile)
{
	const struct users_limits limits = {1, &large};
	struct users users;
	struct users_error error = {""};
	struct member member = {0};
	char *list;

	HOLDS(member_write(&member, &profile->user) == 0);
	list = malloc(member.size + 2);
	HOLDS(list);
	list[0] = '[';
	memcpy(list + 1, member.text, member.size);
	list[member.size + 1] = ']';
	HOLDS(users_read(list, member.size + 2, &user_rule_member, &limits,
		  &users, &error) == USERS_OK);
	HOLDS(users.count == 1 && users.aside.count == 0);
	users_free(&users);
	free(list);
	member_free(&member);
}

static void
check_id(const struct profile *profile)
{
	struct token_text id = {0};

	HOLDS(user_id_read(&profile->user, &user_rule_form, &id) == 0 &&
	      id.size > 0);
	token_text_free(&id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32], *files[] = {path};
	const struct profiles_source source = {.files = files, .file_count = 1};
	int fd = file_of(data, size);
	enum reading status;
	struct profiles profiles;
	struct profile profile;
	uint64_t calls = 0;

	version_choose(size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	profiles_open(&profiles, &source);
	while ((status = profiles_next(&profiles, &profile)) != READING_END) {
		HOLDS(status == READING_ONE || status == READING_INVALID ||
		      status == READING_NONE);
		HOLDS(++calls <= size + 1);
		if (status != READING_ONE)
			continue;
		check_accepted(&profile);
		check_id(&profile);
		check_member(&profile);
	}
	profiles_close(&profiles);
	close(fd);
	return 0;
}
