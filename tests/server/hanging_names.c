/* A resolver that never answers for names that begin with "hanging", loaded before the C library's own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	static const char hanging[] = "hanging";

	while (name != NULL && strncmp(name, hanging, sizeof hanging - 1) == 0)
		pause();
	return ((lookup *) dlsym(RTLD_NEXT, "getaddrinfo"))(name, service, hints, found);
}
