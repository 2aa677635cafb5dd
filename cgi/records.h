/*
 * records.h: the records that carry an answer by FastCGI. Source: the FastCGI
 * Specification, sections 3.3, 5.3 and 5.5.
 *
 * No thread waits for a peer that does not read. An answer is small: a socket
 * that can be written to takes it at once, and one that cannot is full of
 * answers that nobody read. Its connection is shut down.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>

#define RECORDS_TEXT_MAX 8192 /* bytes; a record takes 65535 */

/* These two take up to RECORDS_TEXT_MAX bytes. */

/* Sends a line for the web server's error log, as the request ID. */
void records_log(int connection, int id, const char *line, size_t size);

/* Sends the whole answer to the request ID, and its end. */
void records_answer(int connection, int id, const char *text, size_t size);

/* The same for a TEXT of any size. The calling thread waits for a peer that
   reads it, up to WAIT_MS in all; one that has not read it by then loses its
   connection. */
void records_answer_large(
    int connection, int id, const char *text, size_t size, int wait_ms);

#endif
