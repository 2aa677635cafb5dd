/* print.h: text as a string of JSON. */
#ifndef PRINT_H
#define PRINT_H

#include <stdio.h>

/* With its quotes. What is above a space stays as it is; TO keeps an error. */
void print_json_string(FILE *to, const char *text, size_t size);

#endif
