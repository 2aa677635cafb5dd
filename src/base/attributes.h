/* attributes.h: what a contract asks of the compiler. */
#ifndef ATTRIBUTES_H
#define ATTRIBUTES_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(text, first) __attribute__((format(printf, text, first)))

#endif
