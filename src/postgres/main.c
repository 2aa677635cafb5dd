/* mixspool-once-postgresql: mixspool-once with STATE in PostgreSQL. It is a
   program of its own since libpq takes longer to load than a run with a file.
   By the name of mixspool-members-postgresql, a link, it is `members`. */

#include "once/start.h"
#include "postgres/server.h"

int
main(int argc, char **argv)
{
	return start(argc, argv, &server_driver);
}
