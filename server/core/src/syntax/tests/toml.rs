use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Toml,
        r#"
# doc
name = "x"
a.b = 1
[package]
version = "1"
[package.metadata."x y"]
z = 1
[[bin]]
name = "y"
"#,
        &expect![[r#"
            key name 3-3
            key a.b 4-4
            section package 5-6
            section package.metadata."x y" 7-8
            section bin 9-10
            refers to: 
        "#]],
    );
}
