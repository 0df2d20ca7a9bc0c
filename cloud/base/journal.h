/*
 * The program's own log on stderr: one line an event, "time level room event key=value …", or JSON.
 * Values are escaped, so bytes from outside cannot forge a line. Never pass a secret.
 */
#ifndef CLOUD_BASE_JOURNAL_H
#define CLOUD_BASE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

enum journal_level { JOURNAL_DEBUG, JOURNAL_INFO, JOURNAL_WARNING, JOURNAL_ERROR };

/* Lines below this level are not written; INFO unless set. Any thread. */
void journal_set_level(enum journal_level level);

/* Each line is one JSON object {"time", "level", "room", "event", KEY: VALUE…}. Any thread. */
void journal_set_json(bool json);

/*
 * Writes a line: journal(level, room, event, key, value, key, value …), all of them texts. A value
 * that is NULL is written as empty. Any thread.
 */
#define journal(level, room, ...)                                                                  \
    journal_write(level, room, (const char *const[]){__VA_ARGS__},                                 \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* texts: the event, then pairs. */
void journal_write(enum journal_level level, const char *room, const char *const *texts,
                   size_t count);

#endif
