/* escape.h: "\uXXXX" of a JSON string (RFC 8259, section 7). */
#ifndef ESCAPE_H
#define ESCAPE_H

/* The UTF-16 code unit of the escape at P, or -1 when there is none before END.
 */
int escape_unit(const char *p, const char *end);

#endif
