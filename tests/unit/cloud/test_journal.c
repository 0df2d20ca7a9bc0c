/* Lines of the server's own log: whatever a value holds, a line stays one line that parses. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cloud/base/journal.h"

/* What one call writes. */
static char *written(const char *value)
{
    int ends[2], saved = dup(STDERR_FILENO);
    char *line = calloc(1, 8192);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    journal(JOURNAL_WARNING, "test", "something happened", "value", value, "after", "x");
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    ssize_t got = read(ends[0], line, 8191);
    close(ends[0]);
    close(saved);
    assert_true(got > 0 && line[got - 1] == '\n');
    assert_ptr_equal(strchr(line, '\n'), line + got - 1);
    return line;
}

static void json_lines(void **state)
{
    static const struct {
        const char *value, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {NULL, ""},
        {"Grüße 你好 😀", "Grüße 你好 😀"},
        {"\"quoted\" \\ back", "\"quoted\" \\ back"},
        {"two\nlines\r\t\x1b[31m", "two\nlines\r\t\x1b[31m"},
        {"bad \xff\xc3(\xed\xa0\x80", "bad ÿÃ(í\xc2\xa0\xc2\x80"},
    };
    (void)state;
    journal_set_json(true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = written(cases[i].value);
        json_t *json = json_loads(line, 0, NULL);
        assert_non_null(json);
        assert_string_equal(json_string_value(json_object_get(json, "value")), cases[i].shown);
        assert_string_equal(json_string_value(json_object_get(json, "level")), "warning");
        assert_string_equal(json_string_value(json_object_get(json, "room")), "test");
        assert_string_equal(json_string_value(json_object_get(json, "event")),
                            "something happened");
        assert_string_equal(json_string_value(json_object_get(json, "after")), "x");
        json_decref(json);
        free(line);
    }
}

/* Cut to the line's size, and still whole. */
static void long_values(void **state)
{
    static const char *const pieces[] = {"x", "\xff", "ü", "😀", "\"", "\n"};
    (void)state;
    for (int as_json = 0; as_json < 2; as_json++) {
        journal_set_json(as_json);
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            char value[12001] = "";
            size_t piece = strlen(pieces[i]);
            for (size_t used = 0; used + piece < sizeof value; used += piece)
                memcpy(value + used, pieces[i], piece);
            char *line = written(value);
            json_t *json = json_loads(line, 0, NULL);
            assert_int_equal(json != NULL, as_json);
            assert_true(strlen(line) <= 2048);
            json_decref(json);
            free(line);
        }
    }
}

static void text_lines(void **state)
{
    (void)state;
    journal_set_json(false);
    char *line = written("two\nlines\" forged=\"1");
    assert_non_null(strstr(line, " warning test \"something happened\" value=\"two"));
    assert_null(strstr(line, " forged=\"1\""));
    free(line);
    journal_set_level(JOURNAL_ERROR);
    int saved = dup(STDERR_FILENO), ends[2];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    journal(JOURNAL_WARNING, "test", "not wanted");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    journal_set_level(JOURNAL_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(json_lines), cmocka_unit_test(long_values),
                                       cmocka_unit_test(text_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
