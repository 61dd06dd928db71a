use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Yaml,
        r#"
# doc
name: x
on:
  push:
    branches: [a]
jobs:
  build:
    runs-on: x
    steps:
      - run: |
          echo
"quoted": 1
flow: {a: 1, b: {c: 2}}
---
second: 1
"#,
        &expect![[r#"
            key name 3-3
            key on 4-6
            key push 5-6 in on
            key jobs 7-12
            key build 8-12 in jobs
            key quoted 13-13
            key flow 14-14
            key a 14-14 in flow
            key b 14-14 in flow
            key second 16-16
            refers to: 
        "#]],
    );
}
