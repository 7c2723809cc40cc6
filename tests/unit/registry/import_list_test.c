// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry/import_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void fill(struct import_list *list, uint32_t count)
{
    uint64_t value = 1;

    for (uint32_t i = 0; i < count; i++) {
        value = value * 6364136223846793005U + 1442695040888963407U;
        import_list_add(list,
            (struct list_entry){.nik = (value >> 40) % 5000, .row = i + 1});
    }
    while (!import_list_sort_step(list)) {
    }
}

static void any_number_of_rows_is_sorted_by_nik_then_row(void **state)
{
    static const uint32_t counts[] = {0, 1, 2, 1023, 1024, 1025, 2048, 5000};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct import_list list = {0};

        fill(&list, counts[i]);
        assert_int_equal(list.count, counts[i]);
        for (size_t j = 1; j < list.count; j++) {
            const struct list_entry *a = &list.entries[j - 1];
            const struct list_entry *b = &list.entries[j];

            assert_true(
                a->nik < b->nik || (a->nik == b->nik && a->row < b->row));
        }
        import_list_clear(&list);
    }
}

static void a_sorted_list_knows_who_is_on_it(void **state)
{
    struct import_list list = {0};

    (void)state;
    for (uint32_t i = 0; i < 3000; i++) {
        import_list_add(
            &list, (struct list_entry){.nik = 6000 - 2 * i, .row = i + 1});
    }
    while (!import_list_sort_step(&list)) {
    }
    assert_true(import_list_has(&list, 2));
    assert_true(import_list_has(&list, 6000));
    assert_true(import_list_has(&list, 3000));
    assert_false(import_list_has(&list, 3001));
    assert_false(import_list_has(&list, 0));
    assert_false(import_list_has(&list, 6002));
    assert_int_equal(import_list_after(&list, 0), 0);
    assert_int_equal(import_list_after(&list, 4), 2);
    assert_int_equal(import_list_after(&list, 9999), 3000);
    import_list_clear(&list);
    assert_false(import_list_has(&list, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_rows_is_sorted_by_nik_then_row),
        cmocka_unit_test(a_sorted_list_knows_who_is_on_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
