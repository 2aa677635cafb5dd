/*
 * transport SOCKET: the least that FastCGI can cost. 16 threads, as the
 * receiver has, take requests with libfcgi, read the body and answer 200.
 */

#include <fcgiapp.h>
#include <pthread.h>
#include <stdio.h>
#include <sysexits.h>

#define THREADS 16
#define BACKLOG 1024

static int listener;

static void *
serve(void *unused)
{
	static const char answer[] =
	    "Content-Type: text/plain\r\n\r\nread 50 users\n";
	char buffer[65536];
	FCGX_Request request;

	(void)unused;
	if (FCGX_InitRequest(&request, listener, 0))
		return NULL;
	while (FCGX_Accept_r(&request) == 0) {
		while (FCGX_GetStr(buffer, sizeof buffer, request.in) > 0)
			;
		FCGX_PutStr(answer, sizeof answer - 1, request.out);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	int i;

	if (argc != 2) {
		fputs("usage: transport SOCKET\n", stderr);
		return EX_USAGE;
	}
	if (FCGX_Init() || (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0)
		return EX_OSERR;
	for (i = 1; i < THREADS; i++)
		if (pthread_create(&thread, NULL, serve, NULL))
			return EX_OSERR;
	serve(NULL);
	return EX_OSERR;
}
