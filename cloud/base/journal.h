/*
 * The program's own log on stderr: one line an event, "time level room event key=value …".
 * Values are escaped, so bytes from outside cannot forge a line. Never pass a secret.
 */
#ifndef CLOUD_BASE_JOURNAL_H
#define CLOUD_BASE_JOURNAL_H

enum journal_level { JOURNAL_DEBUG, JOURNAL_INFO, JOURNAL_WARNING, JOURNAL_ERROR };

/* Lines below this level are not written; INFO unless set. Before other threads start. */
void journal_set_level(enum journal_level level);

/* Writes a line; then come pairs of key and value strings, ended by NULL. Any thread. */
void journal(enum journal_level level, const char *room, const char *event, ...)
    __attribute__((sentinel));

#endif
