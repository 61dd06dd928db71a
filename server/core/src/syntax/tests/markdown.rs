use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Markdown,
        r#"---
title: x
---
intro

# Title *em* #

text

## Install `cargo`

```rust
fn main() {}
```

### Deep

x

Setext
======

y

Sub
---

<div id="a">x</div>
<!-- c -->

## Again
"#,
        &expect![[r#"
            section Title em 6-31
            section Install cargo 10-29 in Title em
            section Deep 16-29 in Install cargo
            section Setext 20-29 in Deep
            section Sub 25-29 in Setext
            section Again 31-31 in Title em
            refers to: 
        "#]],
    );
}

#[test]
fn underlined_headings() {
    check(
        Language::Markdown,
        r#"
Title
=====

text

One
---

x

## Install

y

```js
x
```
"#,
        &expect![[r#"
            section Title 2-18
            section One 7-10 in Title
            section Install 12-18 in Title
            refers to: 
        "#]],
    );
}
