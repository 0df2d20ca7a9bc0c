/* docs/simulator.md holds the table of blocks that the code describes. With an argument (--write)
 * the document is brought up to date instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "soc/soc.h"

#define BEGIN "<!-- blocks: begin (simsoc_docs --write) -->\n"
#define END   "<!-- blocks: end -->\n"

static char *table(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(soc_describe_blocks(out), 0);
    fclose(out);
    return text;
}

static char *document(void)
{
    FILE *in = fopen(DOCUMENT, "r");
    char *text = calloc(1, 1 << 20);

    assert_non_null(in);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
    fclose(in);
    return text;
}

static void document_is_fresh(void **state)
{
    char *text = document(), *wanted = table();
    const char *begin = strstr(text, BEGIN), *end = strstr(text, END);

    (void)state;
    assert_non_null(begin);
    assert_non_null(end);
    begin += strlen(BEGIN);
    if ((size_t)(end - begin) != strlen(wanted) || memcmp(begin, wanted, strlen(wanted)) != 0) {
        fail_msg("the table of blocks in docs/simulator.md is old: run simsoc_docs --write");
    }
    free(text);
    free(wanted);
}

static int write_document(void)
{
    char *text = document(), *wanted = table();
    char *begin = strstr(text, BEGIN), *end = strstr(text, END);
    FILE *out = begin != NULL && end != NULL ? fopen(DOCUMENT, "w") : NULL;

    if (out == NULL) {
        fprintf(stderr, "%s: no place for the table\n", DOCUMENT);
        return 1;
    }
    fwrite(text, 1, (size_t)(begin - text) + strlen(BEGIN), out);
    fputs(wanted, out);
    fputs(end, out);
    free(text);
    free(wanted);
    return fclose(out) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(document_is_fresh)};

    if (argc > 1 && strcmp(argv[1], "--write") == 0) {
        return write_document();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
