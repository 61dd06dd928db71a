use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn functions_types_and_macros() {
    check(
        Language::C,
        r#"
#include <stdio.h>
#define LIMIT 10
#define GUARD
#define MAX(a, b) ((a) > (b) ? (a) : (b))
typedef struct node { struct node *next; int (*compare)(int); } node_t;
typedef struct { int x; } point;
typedef enum { RED, GREEN } color;
typedef int (*callback)(void *data);
typedef unsigned long size;
struct forward;
union value { int i; float f; };
static const char *const names[] = { "a", "b" };
extern int shared;
int *find(node_t *list,
          int key);
static inline struct node *make(int key)
{
    int local = 3;
    struct node *fresh = malloc(sizeof(struct node));
    fresh->compare(key);
    return MAX(fresh, (*lookup)(local));
}
int (*handler(int sig))(int) { return 0; }
int old_style(a) int a; { return a; }
#ifdef __cplusplus
extern "C" {
#endif
void inside(void);
#ifdef __cplusplus
}
#endif
"#,
        &expect![[r#"
            macro LIMIT 3-3
            macro MAX 5-5
            type node_t 6-6
            struct node 6-6 in node_t
            struct point 7-7
            enum color 8-8
            type callback 9-9
            type size 10-10
            struct value 12-12
            variable names 13-13
            function find 15-16
            function make 17-23
            function handler 24-24
            function old_style 25-25
            function inside 29-29
            refers to: node forward node_t node malloc node compare MAX lookup
        "#]],
    );
}

#[test]
fn prototypes_with_macros_around_them() {
    check(
        Language::C,
        r"
void warn(const char *format, ...) PRINTF_LIKE(1, 2);
static int checked(int a) WARN_UNUSED;
EXTERN CODE call(HANDLE *handle);
int defined(int a) WARN_UNUSED { return a; }
",
        &expect![[r#"
            function warn 2-2
            function checked 3-3
            function call 4-4
            function defined 5-5
            refers to: PRINTF_LIKE EXTERN HANDLE
        "#]],
    );
}
