/* utf8.h: the characters of UTF-8 (RFC 3629), read strictly. */
#ifndef UTF8_H
#define UTF8_H

/* What follows the character at P, which is below END; NULL: it is not one. */
const char *utf8_skip(const char *p, const char *end);

#endif
