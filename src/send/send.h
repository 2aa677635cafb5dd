/* send.h: `mixspool send`, from its options to its summary. */
#ifndef SEND_H
#define SEND_H

/* Exit code of sysexits.h. Messages name the program that say.h was given. */
int send_users(int argc, char **argv);

#endif
