use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Make,
        r#"
# doc
CC := gcc
export PATH
SRCS = $(wildcard *.c) main.c
include a.mk
.PHONY: all clean
all: $(OBJS) build
	@echo "hi" $(call func,1)
build test: main.o
	$(CC) -o x
%.o: %.c
	$(CC) -c $<
define FUNC
 echo
endef
ifeq ($(A),b)
X ?= 1
endif
bin/$(NAME): x
	touch
VAR != ls
"#,
        &expect![[r#"
            variable CC 3-3
            variable SRCS 5-5
            target all 8-9
            target build 10-11
            target %.o 12-13
            macro FUNC 14-16
            variable X 18-18
            target bin/$(NAME) 20-21
            variable VAR 22-22
            refers to: PATH a.mk .PHONY all clean OBJS build test main.o CC %.c CC A b NAME x
        "#]],
    );
}
