// The suites that kernel_calls does not have, or has in a longer form.
#ifndef COSTS_H
#define COSTS_H

void test_power(void);
void test_network_costs(void);
void test_log_costs(void);
void test_fast_costs(void);

#endif
