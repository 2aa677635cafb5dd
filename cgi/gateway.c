#include "cgi/gateway.h"

#include "cgi/gateway_kind.h"

const char *
gateway_param(const struct gateway_request *request, const char *name)
{
	return request->kind->param(request->state, name);
}

char *const *
gateway_params(const struct gateway_request *request)
{
	return request->kind->params(request->state);
}

size_t
gateway_params_size(const struct gateway_request *request)
{
	return request->kind->params_size(request->state);
}

bool
gateway_ends_body(const struct gateway_request *request)
{
	return request->kind->ends_body(request->state);
}

ssize_t
gateway_read(struct gateway_request *request, void *buffer, size_t size)
{
	return request->kind->read(request->state, buffer, size);
}

void
gateway_skip(struct gateway_request *request, uint64_t max)
{
	if (request->kind->skip)
		request->kind->skip(request->state, max);
}

int
gateway_has_more(struct gateway_request *request)
{
	return request->kind->has_more(request->state);
}

bool
gateway_read_timed_out(const struct gateway_request *request)
{
	return request->kind->read_timed_out(request->state);
}

void
gateway_write(struct gateway_request *request, const char *text, size_t size)
{
	request->kind->write(request->state, text, size);
}

void
gateway_write_large(
    struct gateway_request *request, const char *text, size_t size)
{
	request->kind->write_large(request->state, text, size);
}

void
gateway_log(struct gateway_request *request, const char *line)
{
	request->kind->log(request->state, line);
}

void
gateway_detach(struct gateway_request *request)
{
	request->kind->detach(request->state);
}

void
gateway_end(struct gateway_request *request)
{
	request->kind->end(request->state);
}
